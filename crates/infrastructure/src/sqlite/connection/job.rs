//! A write on its way to the writer and back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use diesel::result::Error as DieselError;
use diesel::sqlite::SqliteConnection;
use tasklane_domain::error::StoreError;
use tasklane_domain::work::{WorkAccount, current_account};
use tokio::sync::oneshot;

use crate::sqlite::error::TxError;

/// A write, whatever it is about.
pub(crate) trait Job: Send {
    /// Whether nobody waits for the answer any more.
    fn is_abandoned(&self) -> bool;

    /// Does the work, inside a savepoint of its own, and keeps what came of it.
    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Undo>;

    /// Tells the waiting caller what came of the work if that is durable, else why it is not.
    fn answer(self: Box<Self>, committed: Result<(), Arc<DieselError>>);
}

/// Why a savepoint is rolled back.
#[derive(Debug)]
pub(crate) enum Undo {
    /// The work failed or was refused; the job knows how.
    Work,
    /// The savepoint itself failed.
    Savepoint(DieselError),
}

impl From<DieselError> for Undo {
    fn from(error: DieselError) -> Self {
        Self::Savepoint(error)
    }
}

/// Packs work into a job, which the caller's account pays for, and gives the place where its answer
/// will arrive.
pub(crate) fn pack<W, T, E>(work: W) -> (Box<dyn Job>, oneshot::Receiver<Result<T, E>>)
where
    W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (
        Box::new(Queued {
            work: Some(work),
            account: current_account(),
            outcome: None,
            reply,
        }),
        answer,
    )
}

struct Queued<W, T, E> {
    work: Option<W>,
    account: Option<Arc<dyn WorkAccount>>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Job for Queued<W, T, E>
where
    W: FnOnce(&mut SqliteConnection) -> Result<T, TxError<E>> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &mut SqliteConnection) -> Result<(), Undo> {
        let Some(work) = self.work.take() else {
            return Ok(());
        };
        let started = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection))).unwrap_or_else(|_| {
            tracing::error!("a write panicked, and was undone");
            Err(StoreError::unavailable("the write panicked").into())
        });
        if let Some(account) = &self.account {
            account.charge(started.elapsed());
        }
        let undone = outcome.is_err();
        self.outcome = Some(outcome.map_err(|TxError(error)| error));
        if undone { Err(Undo::Work) } else { Ok(()) }
    }

    fn answer(self: Box<Self>, committed: Result<(), Arc<DieselError>>) {
        let outcome = match (committed, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::unavailable("the write was not done").into()),
            (Err(error), _) => Err(StoreError::unavailable(error).into()),
        };
        // Whoever asked may have gone away; the write stands.
        drop(self.reply.send(outcome));
    }
}
