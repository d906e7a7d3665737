//! Local accounts and their sessions.
//!
//! - [`account_store`] and [`session_store`]: the ports.
//! - [`session_row`]: how a session lies in its table.

mod account_store;
pub(crate) mod session_row;
mod session_store;
