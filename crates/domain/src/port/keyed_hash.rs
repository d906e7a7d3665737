/// Hashes under the server's own key, so that nobody without it can make or check the hash.
pub trait KeyedHash: Send + Sync {
    /// The hash of a message, given in parts of fixed lengths, for one purpose. It is the same as
    /// long as the key is, in every process that has it. Hashes for different purposes MUST have
    /// nothing to do with each other.
    fn hash(&self, purpose: &'static str, message: &[&[u8]]) -> [u8; 32];
}
