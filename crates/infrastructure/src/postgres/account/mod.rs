//! Local accounts and their sessions.
//!
//! - [`account_store`] and [`session_store`]: the ports.
//! - [`registration`], [`password_change`], [`sign_in`], [`refresh`]: the writes that take more than
//!   one statement.
//! - [`links`]: what is done by links that are sent to the address.
//! - [`session_row`]: how a session lies in its tables.
//!
//! A write that begins a session, or ends all of a user's, locks the user's row first, so that it does
//! not overlook a session that begins meanwhile.

mod account_store;
mod links;
mod password_change;
mod refresh;
mod registration;
mod session_row;
mod session_store;
mod sign_in;
