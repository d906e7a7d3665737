//! How much of what a client has sent waits until the server makes something of it.
//!
//! The server reads ahead, up to 128 KiB for a connection, before it looks whether that is a request.
//! Here it gets no more than a head may have, and all connections together get a bounded amount.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Waker};

use crate::error::unavailable;
use crate::middleware::{HEAD_LIMIT, head_too_large};
use crate::problem::Problem;

/// What may wait on one connection, in bytes: a head that is a little too large is still read, so
/// that its refusal has all the headers of an answer.
const MOST_WAITING: usize = HEAD_LIMIT + 4 * 1024;
/// What is not counted of each: the heads of most requests.
const FREE: usize = 4 * 1024;
/// What may wait on all connections beyond that, in bytes.
const MOST_OF_ALL: usize = 32 * 1024 * 1024;

/// The bytes beyond [`FREE`] that wait on all connections.
#[derive(Debug, Default)]
pub(super) struct HeadMemory(AtomicUsize);

/// The body that a request announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    /// It has that many bytes, of which nothing was used yet.
    Bytes(usize),
    /// It ends where it says so.
    Chunked,
}

/// What waits on one connection.
#[derive(Debug)]
pub(crate) struct Intake {
    heads: Arc<HeadMemory>,
    waiting: Cell<usize>,
    /// The part of it that is counted in `heads`.
    counted: Cell<usize>,
    /// Bytes to come that are no head: the rest of a body that nobody reads.
    ignored: Cell<usize>,
    /// What is left of the body of the request under way.
    body: Cell<Body>,
    /// Whether the rest of a chunked body may still be coming after the answer.
    is_draining: Cell<bool>,
    /// Whether the server had all that it may get, and has been asked to look at it.
    was_full: Cell<bool>,
    reader: RefCell<Option<Waker>>,
}

/// What the server may read now.
pub(super) enum Allowance {
    /// So many bytes.
    Bytes(usize),
    /// Nothing, until it has used some of what it has.
    Later,
    /// Nothing any more, and what the client is told, unless it has been answered already.
    Refused(Option<Problem>),
}

impl Intake {
    pub(super) fn new(heads: Arc<HeadMemory>) -> Self {
        Self {
            heads,
            waiting: Cell::default(),
            counted: Cell::default(),
            ignored: Cell::default(),
            body: Cell::new(Body::Bytes(0)),
            is_draining: Cell::default(),
            was_full: Cell::default(),
            reader: RefCell::default(),
        }
    }

    /// A head was understood.
    pub(super) fn begin(&self, body: Body) {
        self.body.set(body);
        self.ignored.set(0);
        self.is_draining.set(false);
        self.all_used();
    }

    /// Part of the body was taken.
    pub(crate) fn take(&self, bytes: usize) {
        if let Body::Bytes(left) = self.body.get() {
            self.body.set(Body::Bytes(left.saturating_sub(bytes)));
        }
        self.all_used();
    }

    /// The body was taken to its end.
    pub(crate) fn finish(&self) {
        self.body.set(Body::Bytes(0));
        self.all_used();
    }

    /// The request was answered. What is left of its body is read and thrown away.
    pub(super) fn end(&self) {
        match self.body.replace(Body::Bytes(0)) {
            Body::Bytes(left) => {
                let waiting = self.waiting.get();
                self.set_waiting(waiting.saturating_sub(left));
                self.ignored.set(left.saturating_sub(waiting));
            }
            Body::Chunked => self.is_draining.set(true),
        }
        self.wake();
    }

    /// What may be read while a request is under way, or none. Whoever gets [`Allowance::Later`] is
    /// woken.
    pub(super) fn allowance(&self, is_occupied: bool, context: &Context<'_>) -> Allowance {
        let room = MOST_WAITING.saturating_sub(self.waiting.get());
        let all_full = self.heads.0.load(Ordering::Relaxed) >= MOST_OF_ALL;
        let is_full = all_full && self.waiting.get() >= FREE;
        if room > 0 && !is_full {
            return Allowance::Bytes(room.saturating_add(self.ignored.get()));
        }
        if is_occupied {
            self.reader.replace(Some(context.waker().clone()));
            return Allowance::Later;
        }
        if !self.was_full.replace(true) {
            context.waker().wake_by_ref();
            return Allowance::Later;
        }
        let refusal = if is_full && room > 0 {
            unavailable("too many heads are being read")
        } else {
            head_too_large()
        };
        Allowance::Refused((!self.is_draining.get()).then_some(refusal))
    }

    /// The server has read that many bytes.
    pub(super) fn add(&self, bytes: usize) {
        let ignored = self.ignored.get();
        self.ignored.set(ignored.saturating_sub(bytes));
        self.set_waiting(self.waiting.get() + bytes.saturating_sub(ignored));
    }

    fn all_used(&self) {
        self.set_waiting(0);
        self.was_full.set(false);
        self.wake();
    }

    fn set_waiting(&self, bytes: usize) {
        self.waiting.set(bytes);
        let counted = bytes.saturating_sub(FREE);
        let before = self.counted.replace(counted);
        self.heads.0.fetch_add(counted, Ordering::Relaxed);
        self.heads.0.fetch_sub(before, Ordering::Relaxed);
    }

    fn wake(&self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.set_waiting(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake() -> Intake {
        Intake::new(Arc::default())
    }

    fn allowance(intake: &Intake, is_occupied: bool) -> Allowance {
        intake.allowance(is_occupied, &Context::from_waker(Waker::noop()))
    }

    #[track_caller]
    fn assert_allowed(intake: &Intake, is_occupied: bool, bytes: usize) {
        let allowance = allowance(intake, is_occupied);
        assert!(matches!(allowance, Allowance::Bytes(allowed) if allowed == bytes));
    }

    #[test]
    fn a_head_is_refused_once_the_server_has_looked_at_all_that_it_may_get() {
        let intake = intake();
        assert_allowed(&intake, false, MOST_WAITING);
        intake.add(MOST_WAITING - 1);
        assert_allowed(&intake, false, 1);
        intake.add(1);
        assert!(matches!(allowance(&intake, false), Allowance::Later));
        assert!(matches!(
            allowance(&intake, false),
            Allowance::Refused(Some(_))
        ));
    }

    #[test]
    fn a_body_goes_on_when_part_of_it_was_taken() {
        let intake = intake();
        intake.begin(Body::Bytes(60_000));
        intake.add(MOST_WAITING);
        for _ in 0..3 {
            assert!(matches!(allowance(&intake, true), Allowance::Later));
        }
        intake.take(8000);
        assert_allowed(&intake, true, MOST_WAITING);
    }

    #[test]
    fn the_rest_of_a_body_that_nobody_reads_is_no_head() {
        let intake = intake();
        intake.begin(Body::Bytes(1_000_000));
        intake.add(10_000);
        intake.end();
        assert_allowed(&intake, false, 990_000 + MOST_WAITING);
        intake.add(990_000 + 100);
        assert_allowed(&intake, false, MOST_WAITING - 100);
        intake.begin(Body::Chunked);
        intake.end();
        intake.add(MOST_WAITING);
        let _ = allowance(&intake, false);
        assert!(matches!(
            allowance(&intake, false),
            Allowance::Refused(None)
        ));
    }

    #[test]
    fn all_connections_together_wait_with_a_bounded_amount() {
        let heads = Arc::<HeadMemory>::default();
        let large = |_| {
            let intake = Intake::new(Arc::clone(&heads));
            intake.add(MOST_WAITING - 1);
            intake
        };
        let mut all: Vec<_> = (0..MOST_OF_ALL / (MOST_WAITING - FREE) + 2)
            .map(large)
            .collect();
        let small = Intake::new(Arc::clone(&heads));
        small.add(FREE - 1);
        assert_allowed(&small, false, MOST_WAITING - FREE + 1);
        small.add(1);
        assert!(matches!(allowance(&small, false), Allowance::Later));
        let refused = allowance(&small, false);
        let Allowance::Refused(Some(problem)) = refused else {
            panic!("it may read on");
        };
        assert_eq!(problem.status().as_u16(), 503);
        all.pop();
        all.pop();
        assert_allowed(&small, false, MOST_WAITING - FREE);
        drop((all, small));
        assert_eq!(heads.0.load(Ordering::Relaxed), 0);
    }
}
