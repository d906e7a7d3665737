use std::sync::Arc;

use tasklane_domain::port::{
    AccountStore, ChangeNotifier, Readiness, Resync, SessionStore, TaskRepository, TrashPurger,
    UserDirectory, UserRepository,
};

/// An open store, behind the ports that it implements.
#[derive(Clone)]
pub(super) struct Ports {
    pub(super) tasks: Arc<dyn TaskRepository>,
    pub(super) changes: Arc<dyn ChangeNotifier>,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) directory: Arc<dyn UserDirectory>,
    pub(super) accounts: Arc<dyn AccountStore>,
    pub(super) sessions: Arc<dyn SessionStore>,
    pub(super) trash: Arc<dyn TrashPurger>,
    pub(super) resync: Arc<dyn Resync>,
    pub(super) readiness: Arc<dyn Readiness>,
}

impl Ports {
    pub(super) fn of<S>(store: S, changes: impl ChangeNotifier + 'static) -> Self
    where
        S: TaskRepository
            + UserRepository
            + UserDirectory
            + AccountStore
            + SessionStore
            + TrashPurger
            + Resync
            + Readiness
            + 'static,
    {
        let store = Arc::new(store);
        Self {
            tasks: store.clone(),
            changes: Arc::new(changes),
            users: store.clone(),
            directory: store.clone(),
            accounts: store.clone(),
            sessions: store.clone(),
            trash: store.clone(),
            resync: store.clone(),
            readiness: store,
        }
    }
}
