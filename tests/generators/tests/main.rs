//! The OpenAPI document in the hands of linters and generators of clients. `cargo xtask generators` runs
//! these; `cargo xtask test` leaves the package out, since they need Java, Go and Node.js.

#![expect(
    clippy::expect_used,
    reason = "whatever goes wrong fails the test, and a test fails by panicking"
)]

mod linters;
mod openapi_generator;
mod openapi_python_client;
mod tools;
