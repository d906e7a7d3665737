use std::rc::Rc;

use tasklane_domain_testkit::SequentialIds;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::*;

const IDLE: Duration = Duration::from_millis(300);

/// Both ends of a connection that was set up.
async fn connection() -> (TcpStream, LimitedStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = TcpStream::connect(address).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let limits = ConnectionLimits::new(IDLE, 1024, Arc::new(SequentialIds::default()));
    (client, limits.limit(stream).unwrap())
}

#[actix_web::test]
async fn what_is_unread_is_bounded() {
    let (_client, stream) = connection().await;
    let limit = stream.socket().tcp_user_timeout().unwrap();
    assert_eq!(limit, Some(UNREAD_LIMIT));
}

#[actix_web::test]
async fn a_connection_without_a_request_is_cut_and_one_with_a_request_is_not() {
    let (mut client, stream) = connection().await;
    let occupied = stream.activity().occupy(Body::Bytes(0));
    let mut byte = [0];
    tokio::time::timeout(IDLE * 3, client.read(&mut byte))
        .await
        .unwrap_err();
    drop(occupied);
    let begin = Instant::now();
    let cut = tokio::time::timeout(Duration::from_secs(10), client.read(&mut byte)).await;
    assert_eq!(cut.unwrap().unwrap(), 0);
    assert!(begin.elapsed() >= IDLE / 2, "{:?}", begin.elapsed());
}

#[actix_web::test]
async fn nothing_of_a_closed_connection_stays() {
    let (mut client, stream) = connection().await;
    let weak = Rc::downgrade(stream.activity());
    drop(stream);
    assert!(weak.upgrade().is_none());
    assert_eq!(client.read(&mut [0]).await.unwrap(), 0);
}

#[actix_web::test]
async fn whoever_sends_an_endless_head_is_told_so_and_not_listened_to() {
    let (client, mut stream) = connection().await;
    let (mut from_server, mut to_server) = client.into_split();
    let sending = async {
        to_server.write_all(&vec![b'x'; 60_000]).await.unwrap();
        let mut answer = String::new();
        from_server.read_to_string(&mut answer).await.unwrap();
        drop(to_server);
        answer
    };
    let receiving = async {
        let mut received = Vec::new();
        stream.read_to_end(&mut received).await.unwrap();
        received.len()
    };
    let (answer, received) = tokio::join!(sending, receiving);
    assert_eq!(received, 20 * 1024);
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(answer.contains("\r\nx-request-id: "), "{answer}");
    assert!(answer.contains(r#""code":"headers_too_large""#), "{answer}");
}
