//! Builds the crate again when a migration changes: they are embedded, and the compiler does not see
//! that on its own.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations/postgres");
    println!("cargo:rerun-if-changed=../../migrations/sqlite");
}
