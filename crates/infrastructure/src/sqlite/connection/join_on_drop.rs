//! Threads that end before their owner does.

use std::thread::{self, JoinHandle};

use crate::sqlite::error::OpenError;

/// A thread that is waited for when this is dropped, so that its connection is closed by then.
/// Whatever tells it to end must be dropped before.
pub(crate) struct JoinOnDrop(Option<JoinHandle<()>>);

impl JoinOnDrop {
    pub(crate) fn spawn(
        name: &str,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<Self, OpenError> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
        Ok(Self(Some(thread.map_err(OpenError::Thread)?)))
    }
}

impl Drop for JoinOnDrop {
    fn drop(&mut self) {
        let Some(thread) = self.0.take() else { return };
        let name = thread.thread().name().unwrap_or_default().to_owned();
        if thread.join().is_err() {
            tracing::error!(thread = name, "a thread ended in a panic");
        }
    }
}
