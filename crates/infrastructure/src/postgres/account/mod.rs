//! Local accounts and their sessions.
//!
//! - [`account_store`] and [`session_store`]: the ports. [`registration`]: how an account begins.

mod account_store;
mod registration;
mod session_store;
