//! One connection to a server, on which one request follows the other. Just enough of HTTP/1.1 for
//! requests that are written out already.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::failure::{Context, Failure, Result};

/// How long an answer may take, also from a server that runs fifty times slower than usual.
const ANSWER_LIMIT: Duration = Duration::from_mins(1);

/// A connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

/// What was answered; the body is read and dropped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) etag: Option<String>,
}

impl Connection {
    /// Connects.
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).context("cannot connect to the server")?;
        let prepared = stream
            .set_read_timeout(Some(ANSWER_LIMIT))
            .and_then(|()| stream.set_nodelay(true));
        prepared.context("cannot prepare a connection")?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(&mut self, request: &str) -> Result<Answer> {
        let sent = self.0.get_mut().write_all(request.as_bytes());
        sent.context("cannot send a request")?;
        let (answer, length) = read_head(&mut self.0)?;
        let mut body = (&mut self.0).take(length);
        let read = std::io::copy(&mut body, &mut std::io::sink());
        if read.context("cannot read an answer")? == length {
            Ok(answer)
        } else {
            Err(Failure::new("an answer is cut short"))
        }
    }

    /// Sends a request whose answer must have that status.
    pub(crate) fn expect(&mut self, request: &str, status: u16) -> Result<Answer> {
        let answer = self.ask(request)?;
        if answer.status == status {
            return Ok(answer);
        }
        let line = request.lines().next().unwrap_or_default();
        Err(Failure::new(format!(
            "`{line}` was answered with {} instead of {status}",
            answer.status
        )))
    }
}

/// The head, and how long the body is.
fn read_head(stream: &mut impl BufRead) -> Result<(Answer, u64)> {
    let mut answer = Answer::default();
    let mut length = 0;
    let first = read_line(stream)?;
    let status = first.split(' ').nth(1).and_then(|code| code.parse().ok());
    answer.status = status.ok_or_else(|| Failure::new(format!("`{first}` is no answer")))?;
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            return Ok((answer, length));
        }
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" if answer.status != 304 => {
                length = value.trim().parse().context("a length is no number")?;
            }
            "etag" => answer.etag = Some(value.trim().to_owned()),
            _ => {}
        }
    }
}

fn read_line(stream: &mut impl BufRead) -> Result<String> {
    let mut line = String::new();
    match stream
        .read_line(&mut line)
        .context("cannot read an answer")?
    {
        0 => Err(Failure::new("the server closed the connection")),
        _ => Ok(line.trim_end().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_its_status_its_tag_and_its_length() {
        let text = "HTTP/1.1 200 OK\r\nETag: W/\"7\"\r\ncontent-length: 12\r\n\r\nhello";
        let (answer, length) = read_head(&mut text.as_bytes()).unwrap();
        assert_eq!(answer.status, 200);
        assert_eq!(answer.etag.as_deref(), Some("W/\"7\""));
        assert_eq!(length, 12);
    }

    #[test]
    fn an_answer_that_ends_early_is_an_error() {
        for text in ["", "HTTP/1.1 200 OK\r\n", "nonsense\r\n\r\n"] {
            assert!(read_head(&mut text.as_bytes()).is_err(), "{text:?}");
        }
    }
}
