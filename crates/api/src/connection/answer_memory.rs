//! What clients have not taken of their answers, of all connections together.

use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use socket2::Socket;
use tokio::time::Instant;

/// How long a client is behind before it counts as slow: until then nobody knows.
const GRACE: Duration = Duration::from_secs(1);

/// The bytes of all answers that are ready and that their clients have not taken. Beyond the bound,
/// the connections whose clients take least are cut.
#[derive(Debug)]
pub(crate) struct AnswerMemory {
    most: usize,
    backlogs: Mutex<Backlogs>,
}

#[derive(Debug, Default)]
struct Backlogs {
    bytes: usize,
    next: u64,
    connections: HashMap<u64, Backlog>,
}

/// What one client has not taken.
#[derive(Debug)]
struct Backlog {
    bytes: usize,
    /// What it has taken since it is behind.
    taken: usize,
    since: Instant,
    socket: Arc<Socket>,
}

/// The answers of one connection.
#[derive(Debug)]
pub(crate) struct Unsent {
    memory: Arc<AnswerMemory>,
    socket: Arc<Socket>,
    /// Where it is among the backlogs, while there is something.
    number: Option<u64>,
}

impl AnswerMemory {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            backlogs: Mutex::default(),
        }
    }

    pub(super) fn of_connection(self: &Arc<Self>, socket: Arc<Socket>) -> Unsent {
        Unsent {
            memory: Arc::clone(self),
            socket,
            number: None,
        }
    }

    fn backlogs(&self) -> MutexGuard<'_, Backlogs> {
        self.backlogs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Unsent {
    /// The client took `taken` bytes of what there was, and left `bytes`.
    pub(super) fn update(&mut self, taken: usize, bytes: usize) {
        if bytes == 0 {
            self.clear();
            return;
        }
        let mut backlogs = self.memory.backlogs();
        let number = *self.number.get_or_insert_with(|| backlogs.next_number());
        let socket = &self.socket;
        let backlog = backlogs
            .connections
            .entry(number)
            .or_insert_with(|| Backlog::begin(Arc::clone(socket)));
        backlog.taken += taken;
        let before = std::mem::replace(&mut backlog.bytes, bytes);
        backlogs.bytes = backlogs.bytes - before + bytes;
        while backlogs.bytes > self.memory.most && backlogs.cut_slowest() {}
    }

    fn clear(&mut self) {
        if let Some(number) = self.number.take() {
            self.memory.backlogs().forget(number);
        }
    }
}

impl Drop for Unsent {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Backlog {
    fn begin(socket: Arc<Socket>) -> Self {
        Self {
            bytes: 0,
            taken: 0,
            since: Instant::now(),
            socket,
        }
    }

    /// How fast the client takes what it gets, in bytes a second.
    fn pace(&self, now: Instant) -> u128 {
        let elapsed = (now - self.since).max(Duration::from_millis(1));
        self.taken as u128 * 1_000_000_000 / elapsed.as_nanos()
    }
}

impl Backlogs {
    fn next_number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn forget(&mut self, number: u64) -> Option<Backlog> {
        let backlog = self.connections.remove(&number)?;
        self.bytes -= backlog.bytes;
        Some(backlog)
    }

    /// Whether there was one. Those that are behind only now come last; of those that take equally
    /// little, the one that is behind for longest comes first.
    fn cut_slowest(&mut self) -> bool {
        let now = Instant::now();
        let slowest = self.connections.iter().min_by_key(|(_, backlog)| {
            let is_new = now - backlog.since < GRACE;
            (is_new, backlog.pace(now), backlog.since)
        });
        let number = slowest.map(|(number, _)| *number);
        let Some(backlog) = number.and_then(|number| self.forget(number)) else {
            return false;
        };
        tracing::debug!(
            bytes = backlog.bytes,
            "a client that reads too slowly is cut off"
        );
        // It may have been closed in the meantime.
        let _ = backlog.socket.shutdown(Shutdown::Both);
        true
    }
}

#[cfg(test)]
mod tests {
    use socket2::{Domain, Type};

    use super::*;

    fn connection(memory: &Arc<AnswerMemory>) -> Unsent {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        memory.of_connection(Arc::new(socket))
    }

    fn held(memory: &AnswerMemory) -> (usize, usize) {
        let backlogs = memory.backlogs();
        (backlogs.connections.len(), backlogs.bytes)
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_take_least_are_cut_off_when_all_is_used() {
        let memory = Arc::new(AnswerMemory::new(100));
        let (mut slow, mut fast) = (connection(&memory), connection(&memory));
        slow.update(10, 40);
        fast.update(10, 40);
        tokio::time::advance(Duration::from_secs(1)).await;
        fast.update(5000, 40);
        let mut late = connection(&memory);
        tokio::time::advance(Duration::from_millis(10)).await;
        late.update(500, 20);
        assert_eq!(held(&memory), (3, 100));
        late.update(10, 21);
        assert_eq!(held(&memory), (2, 61), "the slow one is gone");
        // Its connection ends a moment later.
        drop(slow);
        assert_eq!(held(&memory), (2, 61));
        late.update(21, 0);
        assert_eq!(held(&memory), (1, 40));
        drop(fast);
        assert_eq!(held(&memory), (0, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn one_answer_that_is_too_large_for_all_cuts_itself_off_at_last() {
        let memory = Arc::new(AnswerMemory::new(100));
        let mut only = connection(&memory);
        only.update(0, 101);
        assert_eq!(held(&memory), (0, 0));
    }
}
