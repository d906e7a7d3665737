use std::any::Any;
use std::ops::Deref;
use std::sync::Arc;

use futures::future::join_all;
use tasklane_domain::port::{
    AccountStore, Resync, SessionStore, TaskRepository, TrashPurger, UserRepository,
};

/// A store that keeps tasks.
#[derive(Clone)]
pub struct TaskStore {
    /// Keeps tasks.
    pub tasks: Arc<dyn TaskRepository>,
    _guard: Option<Arc<dyn Any + Send + Sync>>,
}

impl TaskStore {
    /// A store for the cases about tasks.
    #[must_use]
    pub fn of(store: impl TaskRepository + 'static) -> Self {
        Self {
            tasks: Arc::new(store),
            _guard: None,
        }
    }

    /// Keeps something alive as long as the store is in use, such as a temporary folder or a
    /// database that is dropped at the end.
    #[must_use]
    pub fn keeping(self, guard: impl Any + Send + Sync) -> Self {
        Self {
            _guard: Some(Arc::new(guard)),
            ..self
        }
    }

    /// Runs all futures at once, each in a tokio task of its own. Returns their results in order.
    pub async fn at_once<F>(&self, futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let attempts: Vec<_> = futures.into_iter().map(tokio::spawn).collect();
        let results = join_all(attempts).await.into_iter();
        results
            .map(|result| result.expect("a simultaneous attempt panicked"))
            .collect()
    }
}

/// A store that keeps tasks and purges the trash.
#[derive(Clone)]
pub struct TrashStore {
    tasks: TaskStore,
    /// Purges everybody's trash.
    pub trash: Arc<dyn TrashPurger>,
}

impl TrashStore {
    /// A store for the cases about tasks and purges.
    #[must_use]
    pub fn of(store: impl TaskRepository + TrashPurger + 'static) -> Self {
        let store = Arc::new(store);
        Self {
            tasks: TaskStore {
                tasks: store.clone(),
                _guard: None,
            },
            trash: store,
        }
    }

    /// Keeps something alive as long as the store is in use.
    #[must_use]
    pub fn keeping(self, guard: impl Any + Send + Sync) -> Self {
        Self {
            tasks: self.tasks.keeping(guard),
            ..self
        }
    }
}

impl Deref for TrashStore {
    type Target = TaskStore;

    fn deref(&self) -> &TaskStore {
        &self.tasks
    }
}

/// The ports of a store that keeps everything, all on the same data.
#[derive(Clone)]
pub struct Stores {
    trash: TrashStore,
    /// Keeps users.
    pub users: Arc<dyn UserRepository>,
    /// Keeps local accounts.
    pub accounts: Arc<dyn AccountStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Makes copies begin again.
    pub resync: Arc<dyn Resync>,
}

impl Stores {
    /// A store for all cases.
    #[must_use]
    pub fn of<S>(store: S) -> Self
    where
        S: TaskRepository
            + UserRepository
            + AccountStore
            + SessionStore
            + TrashPurger
            + Resync
            + 'static,
    {
        let store = Arc::new(store);
        let tasks = TaskStore {
            tasks: store.clone(),
            _guard: None,
        };
        Self {
            trash: TrashStore {
                tasks,
                trash: store.clone(),
            },
            users: store.clone(),
            accounts: store.clone(),
            sessions: store.clone(),
            resync: store,
        }
    }

    /// Keeps something alive as long as the stores are in use.
    #[must_use]
    pub fn keeping(self, guard: impl Any + Send + Sync) -> Self {
        Self {
            trash: self.trash.keeping(guard),
            ..self
        }
    }
}

impl Deref for Stores {
    type Target = TrashStore;

    fn deref(&self) -> &TrashStore {
        &self.trash
    }
}
