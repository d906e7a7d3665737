//! Local accounts and their sessions.
//!
//! - [`account_store`] and [`session_store`]: the ports.
//! - [`sign_in`] and [`refresh`]: how a session begins and goes on.
//! - [`links`]: what is done by links that are sent to the address.
//! - [`session_row`]: how a session lies in its tables.

mod account_store;
mod links;
mod refresh;
pub(crate) mod session_row;
mod session_store;
mod sign_in;
