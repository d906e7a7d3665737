//! A mail server: SMTP on a loopback port, as far as its clients can tell. It keeps what it gets.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use mailin::{Action, AuthMechanism, Handler, Response, Session, SessionBuilder, response};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::certificates::ServerCertificate;
use crate::key_server::acceptor;

/// How long a mail may take to arrive.
const LIMIT: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// The user and the password that a server with TLS asks for.
pub const MAIL_USER: (&str, &str) = ("tasklane", "a secret/with: signs@");

/// A mail server that takes everything.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    inbox: Inbox,
}

type Inbox = Arc<Mutex<Vec<ReceivedMail>>>;

/// A mail as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReceivedMail {
    /// The sender that was named to the server.
    pub from: String,
    /// The recipients that were named to the server.
    pub to: Vec<String>,
    /// The headers and the body.
    pub text: String,
    /// Whether it came over TLS, from somebody who knew the password.
    pub is_authenticated: bool,
}

impl ReceivedMail {
    /// What a link in the mail says behind `token=`.
    #[must_use]
    pub fn token(&self) -> String {
        let body = self.body();
        let link = body.lines().find(|line| line.contains("token="));
        let link = link.unwrap_or_else(|| panic!("no link in {}", self.text));
        link.split_once("token=").expect("a token").1.to_owned()
    }

    /// The body, without the encoding in which it travels.
    #[must_use]
    pub fn body(&self) -> String {
        let (head, body) = self.text.split_once("\r\n\r\n").expect("a body");
        let body = body.replace("\r\n", "\n");
        if head.contains("quoted-printable") {
            body.replace("=\n", "").replace("=3D", "=")
        } else {
            body
        }
    }
}

impl MailServer {
    /// One without TLS, which asks for no password.
    pub async fn start() -> Self {
        Self::serve(None).await
    }

    /// One that offers STARTTLS, and takes no mail without the password.
    pub async fn certified(certificate: &ServerCertificate) -> Self {
        Self::serve(Some(acceptor(certificate))).await
    }

    async fn serve(tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("there is a free port");
        let server = Self {
            address: listener.local_addr().expect("a listener has an address"),
            inbox: Inbox::default(),
        };
        let inbox = Arc::clone(&server.inbox);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(stream, tls.clone(), Arc::clone(&inbox)));
            }
        });
        server
    }

    /// Where it is: `localhost:2525`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    /// What has arrived.
    #[must_use]
    pub fn mails(&self) -> Vec<ReceivedMail> {
        self.inbox.lock().expect("nobody panics with it").clone()
    }

    /// What has arrived, once it is that many.
    pub async fn wait_for(&self, number: usize) -> Vec<ReceivedMail> {
        let started = Instant::now();
        while self.mails().len() < number {
            let arrived = self.mails();
            assert!(
                started.elapsed() < LIMIT,
                "not {number} mails: {arrived:#?}"
            );
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        self.mails()
    }
}

/// What a conversation has come to.
struct Conversation {
    inbox: Inbox,
    needs_password: bool,
    mail: ReceivedMail,
    text: Vec<u8>,
}

impl Handler for Conversation {
    fn data_start(&mut self, _: &str, from: &str, _: bool, to: &[String]) -> Response {
        if self.needs_password && !self.mail.is_authenticated {
            return response::AUTHENTICATION_REQUIRED;
        }
        from.clone_into(&mut self.mail.from);
        to.clone_into(&mut self.mail.to);
        response::OK
    }

    fn data(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.text.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let text = std::mem::take(&mut self.text);
        let mail = ReceivedMail {
            text: String::from_utf8(text).expect("the mail is UTF-8"),
            ..self.mail.clone()
        };
        let mut inbox = self.inbox.lock().expect("nobody panics with it");
        inbox.push(mail);
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        self.mail.is_authenticated = (user, password) == MAIL_USER;
        if self.mail.is_authenticated {
            response::AUTH_OK
        } else {
            response::INVALID_CREDENTIALS
        }
    }
}

/// A client that has gone is no failure.
async fn converse(stream: TcpStream, tls: Option<TlsAcceptor>, inbox: Inbox) {
    let mut builder = SessionBuilder::new("mail.example.com");
    if tls.is_some() {
        builder.enable_start_tls().enable_auth(AuthMechanism::Plain);
    }
    let conversation = Conversation {
        inbox,
        needs_password: tls.is_some(),
        mail: ReceivedMail::default(),
        text: Vec::new(),
    };
    let mut session = builder.build(IpAddr::V4(Ipv4Addr::LOCALHOST), conversation);
    let mut stream = BufReader::new(stream);
    let greeting = session.greeting();
    if send(&mut stream, &greeting).await.is_err() {
        return;
    }
    if let (Ok(Action::UpgradeTls), Some(tls)) = (talk(&mut stream, &mut session).await, tls)
        && let Ok(secured) = tls.accept(stream.into_inner()).await
    {
        session.tls_active();
        let _ = talk(&mut BufReader::new(secured), &mut session).await;
    }
}

/// Answers line by line, until the connection ends or is to be another.
async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    session: &mut Session<Conversation>,
) -> io::Result<Action> {
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line).await? == 0 {
            return Ok(Action::Close);
        }
        let answer = session.process(&line);
        send(stream, &answer).await?;
        if matches!(answer.action, Action::Close | Action::UpgradeTls) {
            return Ok(answer.action);
        }
    }
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut BufReader<S>,
    answer: &Response,
) -> io::Result<()> {
    stream.write_all(&answer.buffer()?).await?;
    stream.flush().await
}
