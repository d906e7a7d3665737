//! Receives notifications, over a connection of its own that is held while somebody follows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{Stream, StreamExt, stream};
use tasklane_domain::error::BoxError;
use tasklane_domain::port::ChangeNotifier;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::{AsyncMessage, Connection, Error, Notification};

use super::notifier::{CHANNEL, from_payload};
use crate::local_notifier::LocalNotifier;
use crate::postgres::connection::address::Address;

/// How long connecting and subscribing may take.
const START_LIMIT: Duration = Duration::from_secs(10);
/// How long to wait at most before connecting again: at first, and after many failures in a row. The
/// actual pauses are up to one half shorter, so that the processes which lost the same server do not
/// come back together.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Hears of changes that other processes made, and wakes the followers in this one.
pub(crate) struct ChangeListener {
    address: Address,
    local: LocalNotifier,
    runtime: Handle,
    listens: Arc<AtomicBool>,
}

impl ChangeListener {
    pub(crate) fn new(address: Address, local: LocalNotifier, runtime: Handle) -> Self {
        Self {
            address,
            local,
            runtime,
            listens: Arc::default(),
        }
    }

    /// Begins to listen, unless it does so already. To be called when somebody follows.
    pub(crate) fn start(&self) {
        if self.listens.swap(true, Ordering::AcqRel) {
            return;
        }
        if self.address.behind_pooler {
            tracing::warn!(
                "changes by other processes are noticed late: a pooler stands before PostgreSQL, \
                 and no direct URL is set"
            );
            return;
        }
        let (address, local) = (self.address.clone(), self.local.clone());
        let listens = Arc::clone(&self.listens);
        self.runtime.spawn(listen(address, local, listens));
    }
}

async fn listen(address: Address, local: LocalNotifier, listens: Arc<AtomicBool>) {
    loop {
        listen_while_followed(&address, &local).await;
        listens.store(false, Ordering::Release);
        // Somebody may have begun to follow just before: then one of the two goes on.
        if !local.has_followers() || listens.swap(true, Ordering::AcqRel) {
            return;
        }
    }
}

/// Listens, and connects again when the connection is lost, until nobody follows.
async fn listen_while_followed(address: &Address, local: &LocalNotifier) {
    let mut pause = SHORTEST_PAUSE;
    while local.has_followers() {
        let listening = async {
            match timeout(START_LIMIT, subscribe(address)).await {
                Ok(Ok(hints)) => {
                    pause = SHORTEST_PAUSE;
                    // What was announced before is not heard any more.
                    local.wake_all();
                    hear(hints, local).await
                }
                Ok(Err(error)) => error,
                Err(late) => late.into(),
            }
        };
        tokio::select! {
            () = local.deserted() => return,
            error = listening => {
                tracing::warn!(error, "changes by other processes are noticed late");
            }
        }
        tokio::select! {
            () = local.deserted() => return,
            () = tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.0))) => {}
        }
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Connects, and subscribes to the channel. The connection ends with the stream.
async fn subscribe(
    address: &Address,
) -> Result<impl Stream<Item = Result<Notification, Error>> + use<>, BoxError> {
    let (client, connection) = address.connect().await?;
    let mut messages = notifications(connection).boxed();
    let command = format!("LISTEN {CHANNEL}");
    let mut subscribing = Box::pin(client.batch_execute(&command));
    loop {
        tokio::select! {
            subscribed = &mut subscribing => {
                subscribed?;
                break;
            }
            ended = messages.next() => match ended {
                Some(notification) => drop(notification?),
                None => return Err("the connection was closed".into()),
            }
        }
    }
    drop(subscribing);
    // The connection is closed when its client is gone.
    Ok(messages.map(move |message| {
        let _ = &client;
        message
    }))
}

/// Drives a connection, and gives the notifications that come over it.
fn notifications<S, T>(
    mut connection: Connection<S, T>,
) -> impl Stream<Item = Result<Notification, Error>>
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    let messages = stream::poll_fn(move |context| connection.poll_message(context));
    messages.filter_map(async |message| match message {
        Ok(AsyncMessage::Notification(notification)) => Some(Ok(notification)),
        Ok(_) => None,
        Err(error) => Some(Err(error)),
    })
}

/// Passes hints on until the connection is lost; gives the reason.
async fn hear(
    hints: impl Stream<Item = Result<Notification, Error>>,
    local: &LocalNotifier,
) -> BoxError {
    let mut hints = std::pin::pin!(hints);
    while let Some(hint) = hints.next().await {
        match hint {
            Ok(notification) => {
                if let Some((owner, revision)) = from_payload(notification.payload()) {
                    local.announce(owner, revision);
                }
            }
            Err(error) => return error.into(),
        }
    }
    "the connection was closed".into()
}
