use std::any::Any;
use std::sync::Arc;

use futures::channel::oneshot;
use futures::future::{BoxFuture, join_all};
use tasklane_domain::port::{
    AccountStore, SessionStore, TaskRepository, TrashPurger, UserRepository,
};

/// Runs a future beside others, on as many threads as there are.
pub type Spawn = fn(BoxFuture<'static, ()>);

/// The ports of one store, all on the same data.
#[derive(Clone)]
pub struct Stores {
    /// Keeps tasks.
    pub tasks: Arc<dyn TaskRepository>,
    /// Keeps users.
    pub users: Arc<dyn UserRepository>,
    /// Keeps local accounts.
    pub accounts: Arc<dyn AccountStore>,
    /// Keeps sessions.
    pub sessions: Arc<dyn SessionStore>,
    /// Empties the trash of all.
    pub trash: Arc<dyn TrashPurger>,
    spawn: Option<Spawn>,
    _guard: Option<Arc<dyn Any + Send + Sync>>,
}

impl Stores {
    /// The ports of a store that has them all.
    #[must_use]
    pub fn of<S>(store: S) -> Self
    where
        S: TaskRepository + UserRepository + AccountStore + SessionStore + TrashPurger + 'static,
    {
        let store = Arc::new(store);
        Self {
            tasks: store.clone(),
            users: store.clone(),
            accounts: store.clone(),
            sessions: store.clone(),
            trash: store,
            spawn: None,
            _guard: None,
        }
    }

    /// Keeps something alive as long as the stores are in use, such as a temporary folder or a
    /// database that is dropped at the end.
    #[must_use]
    pub fn keeping(self, guard: impl Any + Send + Sync) -> Self {
        Self {
            _guard: Some(Arc::new(guard)),
            ..self
        }
    }

    /// Takes the runtime's own way to run a future; [`crate::contract_suite`] does it.
    #[must_use]
    pub fn spawning_with(self, spawn: Spawn) -> Self {
        Self {
            spawn: Some(spawn),
            ..self
        }
    }

    /// Runs all futures at once, each in a task of its own, and gives what they give in their order.
    pub async fn at_once<F>(&self, futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let spawn = self
            .spawn
            .expect("stores need a way to spawn for simultaneous attempts");
        let answers: Vec<_> = futures
            .into_iter()
            .map(|future| {
                let (sender, receiver) = oneshot::channel();
                spawn(Box::pin(async move {
                    // Nobody waits any more when another attempt has failed the case already.
                    let _ = sender.send(future.await);
                }));
                receiver
            })
            .collect();
        let answers = join_all(answers).await.into_iter();
        answers
            .map(|answer| answer.expect("a simultaneous attempt panicked"))
            .collect()
    }
}
