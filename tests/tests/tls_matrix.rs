//! TLS to PostgreSQL: what each `sslmode` accepts and refuses, at a real server with certificates of
//! our own, and what a hosted database is told when a connection begins.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use tasklane_tests::certificates::{Authority, ServerCertificate};
use tasklane_tests::own_postgres::OwnPostgres;
use tasklane_tests::program::Program;
use tempfile::TempDir;

const HOST: &str = "database.example";

/// Both kinds of connection are told apart by the user's name.
const ACCESS: &str = "\
    local all all trust\n\
    hostssl all tls 127.0.0.1/32 trust\n\
    hostssl all secret 127.0.0.1/32 scram-sha-256\n\
    host all postgres 127.0.0.1/32 trust\n";

/// A server that speaks TLS, and the files of who vouches for it and of who does not.
struct Matrix {
    postgres: OwnPostgres,
    folder: TempDir,
    authority: Authority,
}

impl Matrix {
    async fn set_up() -> Self {
        let folder = TempDir::new().unwrap();
        let authority = Authority::named("The right one");
        fs::write(folder.path().join("right.pem"), authority.pem()).unwrap();
        let other = Authority::named("Another one");
        fs::write(folder.path().join("other.pem"), other.pem()).unwrap();
        let postgres = OwnPostgres::start().await;
        postgres.write("pg_hba.conf", ACCESS);
        let roles = "CREATE ROLE tls SUPERUSER LOGIN; \
             CREATE ROLE secret SUPERUSER LOGIN PASSWORD 'correct horse'";
        // Migrated once, so that connecting is all that is left to do.
        let program = Program::for_tests(folder.path()).variable("DATABASE_URL", postgres.url());
        program.run(&["migrate"]).await.succeeded();
        postgres.execute(&[roles]).await;
        Self {
            postgres,
            folder,
            authority,
        }
    }

    async fn present(&self, server: &ServerCertificate) {
        self.postgres.write("server.crt", &server.certificate);
        self.postgres.write("server.key", &server.key);
        self.postgres.execute(&["ALTER SYSTEM SET ssl = on"]).await;
        self.postgres.reload().await;
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.pem"))
    }

    fn program(&self, user: &str, host: &str, parameters: &str) -> Program {
        let port = self.postgres.port();
        let url =
            format!("postgres://{user}@{host}:{port}/postgres?hostaddr=127.0.0.1&{parameters}");
        Program::for_tests(self.folder.path()).variable("DATABASE_URL", &url)
    }

    /// Connects with a mode and the certificates of a file.
    fn connection(&self, host: &str, mode: &str, roots: &str) -> Program {
        let parameters = match roots {
            "" => format!("sslmode={mode}"),
            roots => format!("sslmode={mode}&sslrootcert={}", self.file(roots).display()),
        };
        self.program("tls", host, &parameters)
    }

    async fn accepts(&self, host: &str, mode: &str, roots: &str) {
        let program = self.connection(host, mode, roots);
        let finished = program.run(&["migrate"]).await.succeeded();
        assert_eq!(finished.stdout, "nothing to migrate\n", "{mode} {roots}");
    }

    async fn refuses(&self, host: &str, mode: &str, roots: &str, why: &str) {
        let program = self.connection(host, mode, roots);
        assert_refused(&program, why).await;
    }
}

async fn assert_refused(program: &Program, why: &str) {
    let failed = program
        .clone()
        .set("log.level", "off")
        .run(&["migrate"])
        .await;
    let line = failed.failed_with_one_line();
    assert!(line.contains(why), "{why} is expected: {line}");
    assert!(line.contains("cannot connect to PostgreSQL"), "{line}");
}

#[tokio::test]
async fn each_mode_accepts_and_refuses_what_it_should() {
    let matrix = Matrix::set_up().await;
    for mode in ["disable", "prefer"] {
        matrix
            .program("postgres", HOST, &format!("sslmode={mode}"))
            .run(&["migrate"])
            .await
            .succeeded();
    }
    for mode in ["no-verify", "require", "verify-ca", "verify-full"] {
        matrix
            .refuses(HOST, mode, "right", "server does not support TLS")
            .await;
    }

    matrix.present(&matrix.authority.certify(HOST)).await;
    // Whether TLS was used shows in that the server lets nobody in without.
    matrix.refuses(HOST, "disable", "", "no encryption").await;
    for mode in ["prefer", "no-verify", "require", "verify-ca", "verify-full"] {
        matrix.accepts(HOST, mode, "right").await;
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        matrix.refuses(HOST, mode, "other", "UnknownIssuer").await;
    }
    for mode in ["require", "verify-full"] {
        let why = "not valid for name \"elsewhere.example\"";
        matrix
            .refuses("elsewhere.example", mode, "right", why)
            .await;
    }
    for (mode, roots) in [
        ("verify-ca", "right"),
        ("no-verify", "other"),
        ("prefer", "other"),
    ] {
        matrix.accepts("elsewhere.example", mode, roots).await;
    }

    matrix
        .present(&matrix.authority.certify_expired(HOST))
        .await;
    for mode in ["require", "verify-ca", "verify-full"] {
        matrix.refuses(HOST, mode, "right", "expired").await;
    }
    for mode in ["prefer", "no-verify"] {
        matrix.accepts(HOST, mode, "right").await;
    }

    matrix.present(&ServerCertificate::of_version_1(HOST)).await;
    for mode in ["prefer", "no-verify"] {
        matrix.accepts(HOST, mode, "right").await;
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        let why = "UnsupportedCertVersion";
        matrix.refuses(HOST, mode, "right", why).await;
    }
}

#[tokio::test]
async fn the_machines_own_certificates_count_unless_a_file_is_named() {
    let matrix = Matrix::set_up().await;
    matrix.present(&matrix.authority.certify(HOST)).await;
    for parameters in ["sslmode=verify-full&sslrootcert=system", "sslmode=require"] {
        let program = matrix.program("tls", HOST, parameters);
        assert_refused(&program, "UnknownIssuer").await;
        let right = matrix.file("right");
        let trusting = program.variable("SSL_CERT_FILE", right.to_str().unwrap());
        trusting.run(&["migrate"]).await.succeeded();
    }
}

#[tokio::test]
async fn a_password_is_bound_to_the_channel_and_options_reach_the_server() {
    let matrix = Matrix::set_up().await;
    matrix.present(&matrix.authority.certify(HOST)).await;
    let secure = format!(
        "sslmode=verify-full&sslrootcert={}&channel_binding=require",
        matrix.file("right").display()
    );
    let user = "secret:correct%20horse";
    matrix
        .program(user, HOST, &secure)
        .run(&["migrate"])
        .await
        .succeeded();
    // The server takes the options for its own, and names the one it does not know.
    let options = format!("{secure}&options=endpoint%3Dep-cool-1");
    assert_refused(&matrix.program(user, HOST, &options), "endpoint=ep-cool-1").await;
    assert_refused(&matrix.program("secret:wrong", HOST, &secure), "password").await;
    // Without TLS there is no channel to bind to, and no password is given away.
    let plain = "sslmode=disable&channel_binding=require";
    assert_refused(&matrix.program("postgres", HOST, plain), "channel binding").await;
}

/// What a hosted database learns before it says anything: the name in the TLS handshake, and the
/// parameters of the session.
fn overhear(mut client: TcpStream, config: Arc<ServerConfig>) -> (Option<String>, Vec<String>) {
    let mut request = [0; 8];
    client.read_exact(&mut request).unwrap();
    assert_eq!(
        request[4..],
        80_877_103_u32.to_be_bytes(),
        "TLS is asked for"
    );
    client.write_all(b"S").unwrap();
    let mut connection = ServerConnection::new(config).unwrap();
    let mut stream = Stream::new(&mut connection, &mut client);
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut startup = vec![0; u32::from_be_bytes(length) as usize - 4];
    stream.read_exact(&mut startup).unwrap();
    // Behind the protocol's version: names and values, each with a NUL behind it.
    let parameters = String::from_utf8(startup[4..].to_vec()).unwrap();
    let parameters = parameters.split('\0').map(str::to_owned).collect();
    (connection.server_name().map(str::to_owned), parameters)
}

#[tokio::test]
async fn a_pasted_url_of_a_hosted_database_arrives_whole() {
    const POOLER: &str = "ep-cool-1-pooler.eu.database.example";
    let folder = TempDir::new().unwrap();
    let authority = Authority::named("The right one");
    let roots = folder.path().join("right.pem");
    fs::write(&roots, authority.pem()).unwrap();
    let server = authority.certify(POOLER);
    let certificate = CertificateDer::from_pem_slice(server.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(server.key.as_bytes()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let overheard = std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        overhear(client, Arc::new(config))
    });

    let url = format!(
        "postgresql://ada:s%40cret@{POOLER}:{port}/main?sslmode=require&channel_binding=require\
         &options=endpoint%3Dep-cool-1&sslrootcert={}&hostaddr=127.0.0.1",
        roots.display()
    );
    let program = Program::for_tests(folder.path()).variable("DATABASE_URL", &url);
    program.run(&["migrate"]).await.failed_with_one_line();
    let (name, parameters) = overheard.join().unwrap();
    assert_eq!(name.as_deref(), Some(POOLER));
    for (parameter, value) in [
        ("user", "ada"),
        ("database", "main"),
        ("options", "endpoint=ep-cool-1"),
        ("application_name", "tasklane"),
    ] {
        let sent = parameters.chunks(2).any(|pair| pair == [parameter, value]);
        assert!(sent, "{parameter}={value} is missing: {parameters:?}");
    }
}
