//! Builds the crate again when a migration changes: they are embedded, and the compiler does not see
//! that by itself.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/postgres");
    println!("cargo:rerun-if-changed=../../migrations/sqlite");
}
