use std::pin::Pin;
use std::task::{Context, Poll};

use futures::stream::{BoxStream, Stream, StreamExt};

/// A stream that holds something until it is dropped.
pub(super) struct Guarded<T, G> {
    stream: BoxStream<'static, T>,
    _guard: G,
}

impl<T, G> Guarded<T, G> {
    pub(super) fn new(stream: impl Stream<Item = T> + Send + 'static, guard: G) -> Self {
        Self {
            stream: stream.boxed(),
            _guard: guard,
        }
    }
}

impl<T, G: Unpin> Stream for Guarded<T, G> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.stream.poll_next_unpin(context)
    }
}
