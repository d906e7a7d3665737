//! The in-memory store passes the suite that every store must pass.

use tasklane_domain::testing::MemoryStore;
use tasklane_domain::testing::contract::Stores;

tasklane_domain::contract_suite!(Stores::of(MemoryStore::default()));
