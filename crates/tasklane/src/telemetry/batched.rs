use std::io::{self, BufWriter, Write};
use std::thread;
use std::time::Duration;

/// How long lines may gather. Nobody who reads a log minds, and a busy server wakes the writing thread
/// two hundred times a second instead of once a line.
const PAUSE: Duration = Duration::from_millis(5);

/// Passes on what was written when it is flushed, with as few calls of the system as it can, and then
/// lets more gather before it takes the next.
///
/// The thread that writes the log flushes when no line is waiting. While it rests here, nobody who
/// logs has to wake it: that would cost a request as much as the rest of its logging.
pub(super) struct Batched<W: Write>(BufWriter<W>);

impl<W: Write> Batched<W> {
    /// Stands in front of a sink.
    pub(super) fn new(sink: W) -> Self {
        Self(BufWriter::with_capacity(64 * 1024, sink))
    }
}

impl<W: Write> Write for Batched<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.0.flush();
        thread::sleep(PAUSE);
        flushed
    }
}
