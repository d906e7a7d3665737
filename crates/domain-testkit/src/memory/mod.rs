//! A store that forgets everything when it is dropped: the reference for all others.

mod account_store;
mod readiness;
mod resync;
mod session_store;
mod task_repository;
mod trash_purger;
mod user_repository;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tasklane_domain::clock::Timestamp;
use tasklane_domain::error::StoreError;
use tasklane_domain::id::{OwnerId, SessionId, TaskId, UserId};
use tasklane_domain::page::ListVersion;
use tasklane_domain::task::{Task, TaskState, Usage};
use tasklane_domain::user::{
    Actor, AddressHash, LinkPurpose, NewLink, PasswordHash, SecretHash, StoredSession, User,
};

/// Every store port over maps in memory. Clones share their data.
///
/// One lock is held for the whole of each method, so that each is one atomic step.
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    users: HashMap<UserId, Books>,
    /// Whose account has an address, by [`tasklane_domain::user::Email::key`].
    emails: HashMap<String, UserId>,
    outage: bool,
}

/// All that is kept of one user.
#[derive(Default)]
struct Books {
    /// `None` once they are erased.
    profile: Option<User>,
    not_before: Option<Timestamp>,
    disabled: bool,
    version: ListVersion,
    usage: Usage,
    held: BTreeMap<TaskId, TaskState>,
    password: Option<PasswordHash>,
    sessions: HashMap<SessionId, MemorySession>,
    addresses: HashMap<AddressHash, Timestamp>,
    links: HashMap<LinkPurpose, NewLink>,
}

struct MemorySession {
    stored: StoredSession,
    /// The spent secrets and when each was spent.
    spent: HashMap<SecretHash, Timestamp>,
}

impl MemoryStore {
    /// Makes every method fail with [`StoreError::Unavailable`], or work again.
    pub fn set_outage(&self, outage: bool) {
        self.lock().outage = outage;
    }

    /// The state, unless the store is out of order.
    fn state(&self) -> Result<MutexGuard<'_, State>, StoreError> {
        let state = self.lock();
        if state.outage {
            Err(StoreError::unavailable("an outage was asked for"))
        } else {
            Ok(state)
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic inside a method happens before anything is written.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// The books of a user who exists.
    fn present(&self, id: UserId) -> Option<&Books> {
        self.users.get(&id).filter(|books| books.profile.is_some())
    }

    fn present_mut(&mut self, id: UserId) -> Option<&mut Books> {
        self.users
            .get_mut(&id)
            .filter(|books| books.profile.is_some())
    }

    /// The books of what an owner has: today, a user.
    fn of_owner(&self, owner: OwnerId) -> Option<&Books> {
        self.users.get(&UserId::new(owner.as_uuid()))
    }

    /// The books of a user who exists, or who comes (back) to exist, as a federated user does. `None`
    /// for a local user who does not exist.
    fn present_or_new(&mut self, actor: &Actor, at: Timestamp) -> Option<&mut Books> {
        let Some(admission) = actor.admission(at) else {
            return self.present_mut(actor.id);
        };
        let books = self.users.entry(actor.id).or_default();
        books.profile.get_or_insert_with(|| admission.to_user());
        Some(books)
    }
}

impl Books {
    fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.held.values().filter_map(TaskState::task)
    }
}
