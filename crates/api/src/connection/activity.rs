//! What a connection is used for.

use std::cell::{Cell, OnceCell};
use std::net::Shutdown;
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::time::Duration;

use actix_web::rt::task::JoinHandle;
use socket2::Socket;
use tokio::time::Instant;

use super::intake::{Body, Intake};

/// Whether a connection is used, and since when not. It ends with the connection.
#[derive(Debug)]
pub struct Activity {
    socket: Arc<Socket>,
    requests: Cell<usize>,
    free_since: Cell<Instant>,
    watch: OnceCell<JoinHandle<()>>,
    intake: Intake,
}

/// A request under way on a connection, until it is dropped.
#[derive(Debug)]
pub struct Occupied(Rc<Activity>);

impl Activity {
    /// A connection that is cut when it goes without a request for `idle`, which the server does
    /// itself, but only as long as not a byte of the next request has come.
    pub(super) fn begin(socket: Arc<Socket>, intake: Intake, idle: Duration) -> Rc<Self> {
        let activity = Rc::new(Self {
            socket,
            requests: Cell::default(),
            free_since: Cell::new(Instant::now()),
            watch: OnceCell::default(),
            intake,
        });
        let watch = watch(Rc::downgrade(&activity), idle);
        activity.watch.get_or_init(|| actix_web::rt::spawn(watch));
        activity
    }

    /// One more request with that body, until the value is dropped.
    #[must_use]
    pub(crate) fn occupy(self: &Rc<Self>, body: Body) -> Occupied {
        self.requests.set(self.requests.get() + 1);
        self.intake.begin(body);
        Occupied(Rc::clone(self))
    }

    /// What was received and not used yet.
    pub(crate) fn intake(&self) -> &Intake {
        &self.intake
    }

    /// Whether a request is under way.
    pub(super) fn is_occupied(&self) -> bool {
        self.requests.get() > 0
    }

    /// How long the connection may stay as it is.
    fn remaining(&self, idle: Duration) -> Duration {
        if self.is_occupied() {
            return idle;
        }
        idle.saturating_sub(self.free_since.get().elapsed())
    }
}

impl Drop for Occupied {
    fn drop(&mut self) {
        self.0.requests.set(self.0.requests.get() - 1);
        self.0.free_since.set(Instant::now());
        self.0.intake.end();
    }
}

impl Drop for Activity {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}

/// Cuts a connection that has gone unused for too long.
async fn watch(activity: Weak<Activity>, idle: Duration) {
    while let Some(remaining) = activity.upgrade().map(|it| it.remaining(idle)) {
        if remaining.is_zero() {
            if let Some(activity) = activity.upgrade() {
                // It may have been closed in the meantime.
                let _ = activity.socket.shutdown(Shutdown::Both);
            }
            return;
        }
        tokio::time::sleep(remaining).await;
    }
}
