//! Laws that hold whatever the values are, tried on many.

mod ledger;
mod lists;
mod patch;
mod strategies;
