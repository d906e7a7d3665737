//! The in-memory store passes the suite that every store must pass.

use tasklane_domain_testkit::MemoryStore;
use tasklane_domain_testkit::contract::Stores;

tasklane_domain_testkit::contract_suite!(Stores::of(MemoryStore::default()));
