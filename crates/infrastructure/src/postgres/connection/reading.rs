use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_postgres::CancelToken;

use super::address::Address;
use crate::postgres::error::PgError;

/// How long the server may take to give a statement up before it is asked again. It passes over a
/// request that arrives before the statement.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long it may take to ask.
const CANCEL_TIMEOUT: Duration = Duration::from_secs(5);

/// A read: what the server is at, and for how long it has been.
#[derive(Default)]
pub(super) struct Reading(Mutex<State>);

#[derive(Default)]
struct State {
    statement: Option<(CancelToken, Instant)>,
    spent: Duration,
}

impl Reading {
    /// Notes that a statement is sent over that connection.
    pub(super) fn begin(&self, client: &AsyncPgConnection) {
        self.state().statement = Some((client.cancel_token(), Instant::now()));
    }

    /// Notes that it was answered.
    pub(super) fn end(&self) {
        let mut state = self.state();
        if let Some((_, began)) = state.statement.take() {
            state.spent += began.elapsed();
        }
    }

    /// For how long statements were under way.
    pub(super) fn spent(&self) -> Duration {
        self.state().spent
    }

    /// The outcome of this read. Once the caller is `gone`, the server is asked to give the statement
    /// up, and the read ends when it has: no other statement may be under way on that connection
    /// while the server is asked.
    pub(super) async fn unless_given_up<T>(
        &self,
        mut rows: BoxFuture<'_, Result<T, PgError>>,
        gone: oneshot::Receiver<()>,
        address: &Address,
    ) -> Result<T, PgError> {
        tokio::select! {
            rows = &mut rows => return rows,
            _ = gone => {}
        }
        loop {
            let token = self.token().ok_or(PgError::GivenUp)?;
            // Whatever comes of it, the statement ends at last by its own time limit.
            if let Ok(Err(error)) = timeout(CANCEL_TIMEOUT, address.cancel(&token)).await {
                tracing::debug!(%error, "a statement could not be cancelled");
            }
            if let Ok(rows) = timeout(PATIENCE, &mut rows).await {
                return rows;
            }
        }
    }

    fn token(&self) -> Option<CancelToken> {
        let state = self.state();
        state.statement.as_ref().map(|(token, _)| token.clone())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
