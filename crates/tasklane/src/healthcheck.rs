//! Asks a running service whether it is ready. It needs no runtime and no client library, so that
//! a probe costs next to nothing.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use url::Url;

use crate::cli::HealthcheckOptions;
use crate::config::ListenAddress;

/// Where readiness is asked for.
const PATH: &str = "/health/ready";

/// The most that is read of an answer: its first line is enough.
const LONGEST_ANSWER: u64 = 1024;

/// Why the service does not count as ready. One line.
#[derive(Debug, thiserror::Error)]
pub enum HealthcheckError {
    /// `--url` cannot be asked.
    #[error("--url must be like http://127.0.0.1:8080/health/ready; https is not spoken here")]
    Url,
    /// The settings do not tell the port.
    #[error("server.address has port 0, so nobody knows the real one: name it with --url")]
    UnknownPort,
    /// Nobody answered.
    #[error("{address} does not answer: {source}")]
    Unreachable {
        /// Who was asked.
        address: String,
        /// What the system said.
        source: io::Error,
    },
    /// Something answered that does not speak HTTP.
    #[error("{address} does not answer in HTTP")]
    NotHttp {
        /// Who was asked.
        address: String,
    },
    /// The service says that it is not ready.
    #[error("{address} is not ready: it answers {status}")]
    NotReady {
        /// Who was asked.
        address: String,
        /// The status of the answer.
        status: u16,
    },
}

/// Asks once and waits for the answer, at most `options.timeout` in all. It blocks.
///
/// `server` is `server.address` of the settings; an address that stands for every interface is
/// asked on loopback.
///
/// # Errors
/// Every answer but 200, and none.
pub fn run(options: &HealthcheckOptions, server: &ListenAddress) -> Result<(), HealthcheckError> {
    let target = match &options.url {
        Some(url) => Target::from_url(url)?,
        None => Target::from_address(server)?,
    };
    match target.status(Instant::now() + options.timeout) {
        Ok(Some(200)) => Ok(()),
        Ok(Some(status)) => Err(HealthcheckError::NotReady {
            address: target.authority,
            status,
        }),
        Ok(None) => Err(HealthcheckError::NotHttp {
            address: target.authority,
        }),
        Err(source) => Err(HealthcheckError::Unreachable {
            address: target.authority,
            source,
        }),
    }
}

struct Target {
    /// Host and port, as in `Host`.
    authority: String,
    path: String,
    port: u16,
    host: String,
}

impl Target {
    fn from_address(address: &ListenAddress) -> Result<Self, HealthcheckError> {
        let port = address.port();
        if port == 0 {
            return Err(HealthcheckError::UnknownPort);
        }
        let host = match address.host() {
            "0.0.0.0" => "127.0.0.1",
            "::" => "::1",
            host => host,
        };
        let authority = if host.contains(':') {
            format!("[{host}]:{port}")
        } else {
            format!("{host}:{port}")
        };
        Ok(Self {
            authority,
            path: PATH.to_owned(),
            port,
            host: host.to_owned(),
        })
    }

    fn from_url(text: &str) -> Result<Self, HealthcheckError> {
        let url = Url::parse(text).map_err(|_| HealthcheckError::Url)?;
        let (Some(host), "http") = (url.host_str(), url.scheme()) else {
            return Err(HealthcheckError::Url);
        };
        let port = url.port_or_known_default().ok_or(HealthcheckError::Url)?;
        let path = if url.path() == "/" { PATH } else { url.path() };
        Ok(Self {
            authority: format!("{host}:{port}"),
            path: path.to_owned(),
            port,
            host: host.trim_matches(['[', ']']).to_owned(),
        })
    }

    /// The status of the answer, or `None` when it is no HTTP.
    fn status(&self, deadline: Instant) -> io::Result<Option<u16>> {
        let mut stream = self.connect(deadline)?;
        stream.set_write_timeout(Some(left(deadline)?))?;
        write!(
            stream,
            "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: tasklane-healthcheck\r\nConnection: close\r\n\r\n",
            self.path, self.authority
        )?;
        let mut answer = Vec::new();
        let mut chunk = [0; 256];
        while !answer.contains(&b'\n') && (answer.len() as u64) < LONGEST_ANSWER {
            stream.set_read_timeout(Some(left(deadline)?))?;
            match stream.read(&mut chunk)? {
                0 => break,
                length => answer.extend_from_slice(&chunk[..length]),
            }
        }
        Ok(status_of(&answer))
    }

    fn connect(&self, deadline: Instant) -> io::Result<TcpStream> {
        let mut last = io::ErrorKind::NotFound.into();
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, left(deadline)?) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = error,
            }
        }
        Err(last)
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        Err(io::ErrorKind::TimedOut.into())
    } else {
        Ok(left)
    }
}

/// The status in `HTTP/1.1 200 OK` (RFC 9112, section 4).
fn status_of(answer: &[u8]) -> Option<u16> {
    let line = str::from_utf8(answer.split(|byte| *byte == b'\n').next()?).ok()?;
    let mut parts = line.split_ascii_whitespace();
    parts
        .next()
        .filter(|version| version.starts_with("HTTP/1."))?;
    parts.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::net::{SocketAddr, TcpListener};
    use std::thread;

    use super::*;

    /// A server that gives one answer, and tells what it was asked.
    fn serve(answer: &'static str) -> (SocketAddr, thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut chunk = [0; 1024];
            while !request.ends_with(b"\r\n\r\n") {
                let length = stream.read(&mut chunk).unwrap();
                request.extend_from_slice(&chunk[..length]);
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        (address, asked)
    }

    fn options(url: Option<String>, timeout: Duration) -> HealthcheckOptions {
        HealthcheckOptions { url, timeout }
    }

    fn listening(address: SocketAddr) -> ListenAddress {
        address.to_string().parse().unwrap()
    }

    fn run_at(address: SocketAddr) -> Result<(), HealthcheckError> {
        run(&options(None, Duration::from_secs(3)), &listening(address))
    }

    #[test]
    fn a_service_that_answers_200_is_ready() {
        let (address, asked) = serve("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
        run_at(address).unwrap();
        let request = asked.join().unwrap();
        assert!(
            request.starts_with("GET /health/ready HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(
            request.contains(&format!("\r\nHost: {address}\r\n")),
            "{request}"
        );
    }

    #[test]
    fn every_other_answer_is_not_ready() {
        let (address, _) = serve("HTTP/1.1 503 Service Unavailable\r\n\r\n");
        assert!(matches!(
            run_at(address),
            Err(HealthcheckError::NotReady { status: 503, .. })
        ));
        let (address, _) = serve("SSH-2.0-OpenSSH_9.9\r\n");
        assert!(matches!(
            run_at(address),
            Err(HealthcheckError::NotHttp { .. })
        ));
        let (address, _) = serve("");
        assert!(matches!(
            run_at(address),
            Err(HealthcheckError::NotHttp { .. })
        ));
    }

    #[test]
    fn nobody_there_is_told_at_once() {
        let address = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        assert!(matches!(
            run_at(address),
            Err(HealthcheckError::Unreachable { .. })
        ));
    }

    #[test]
    fn a_service_that_does_not_answer_is_given_up_in_time() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let start = Instant::now();
        let outcome = run(
            &options(None, Duration::from_millis(200)),
            &listening(silent.local_addr().unwrap()),
        );
        assert!(matches!(outcome, Err(HealthcheckError::Unreachable { .. })));
        assert!(start.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn every_interface_is_asked_on_loopback() {
        let authority = |text: &str| {
            Target::from_address(&text.parse().unwrap())
                .unwrap()
                .authority
        };
        assert_eq!(authority("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(authority("[::]:8080"), "[::1]:8080");
        assert_eq!(authority("192.0.2.1:80"), "192.0.2.1:80");
        assert_eq!(authority("localhost:80"), "localhost:80");
        let port_0 = Target::from_address(&"127.0.0.1:0".parse().unwrap());
        assert!(matches!(port_0, Err(HealthcheckError::UnknownPort)));
    }

    #[test]
    fn a_url_goes_over_the_settings() {
        let (address, asked) = serve("HTTP/1.0 200 OK\r\n\r\n");
        let url = Some(format!("http://{address}/prefix/health/ready"));
        run(
            &options(url, Duration::from_secs(3)),
            &"127.0.0.1:0".parse().unwrap(),
        )
        .unwrap();
        assert!(
            asked
                .join()
                .unwrap()
                .starts_with("GET /prefix/health/ready HTTP/1.1\r\n")
        );
    }

    #[test]
    fn a_url_that_cannot_be_asked_is_refused() {
        for text in [
            "127.0.0.1:8080",
            "https://tasks.example.com",
            "ftp://host/",
            "http://",
        ] {
            assert!(
                matches!(Target::from_url(text), Err(HealthcheckError::Url)),
                "{text}"
            );
        }
        let target = Target::from_url("http://[::1]:8080").unwrap();
        assert_eq!(
            (target.authority.as_str(), target.host.as_str()),
            ("[::1]:8080", "::1")
        );
        assert_eq!(target.path, PATH);
    }
}
