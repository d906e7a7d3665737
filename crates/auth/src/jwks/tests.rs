use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde_json::json;

use super::stub::{Reply, Stub, key_set};
use super::*;
use crate::testing::TestKey;

/// The contract's times, but with less patience for an issuer that does not answer.
const IMPATIENT: Timing = Timing {
    time_out: Duration::from_millis(500),
    ..TIMING
};
const COOL_DOWN: Duration = TIMING.cool_down;
const LIFETIME: Duration = TIMING.lifetime;

fn client(stub: &Stub, timing: Timing) -> JwksClient {
    JwksClient::with_timing(&stub.url("/jwks"), timing).unwrap()
}

fn keys(ids: &[&str]) -> Reply {
    key_set(
        &ids.iter()
            .map(|id| TestKey::ed25519().jwk(id))
            .collect::<Vec<_>>(),
    )
}

fn header(key_id: &str) -> Header {
    Header {
        algorithm: Algorithm::EdDSA,
        key_id: Some(key_id.to_owned()),
    }
}

/// Whether there is a key of that name; an error when there are no keys at all.
async fn has(client: &JwksClient, key_id: &str) -> Result<bool, TokenError> {
    let selection = client.select(&header(key_id)).await?;
    Ok(matches!(selection, Selection::Key(_)))
}

impl JwksClient {
    /// Lets time pass for what the client remembers.
    fn age(&self, by: Duration) {
        let mut state = self.0.state();
        let earlier = |instant: Instant| instant.checked_sub(by).unwrap();
        state.current = state
            .current
            .take()
            .map(|(keys, came)| (keys, earlier(came)));
        state.last_fetch = state
            .last_fetch
            .map(|(ended, failed)| (earlier(ended), failed));
    }

    /// Waits until the fetch that nobody waited for is over.
    async fn settled(&self) {
        let under_way = self.0.state().under_way.clone();
        if let Some(mut under_way) = under_way {
            let _closed = under_way.changed().await;
        }
    }
}

#[test]
fn the_times_are_those_of_the_contract() {
    assert_eq!(TIMING.time_out, Duration::from_secs(5));
    assert_eq!(TIMING.lifetime, Duration::from_mins(10));
    assert_eq!(TIMING.cool_down, Duration::from_secs(30));
    assert_eq!(TIMING.outage, Duration::from_hours(24));
}

#[tokio::test]
async fn a_name_below_localhost_is_this_machine() {
    let stub = Stub::serve(keys(&["a"])).await;
    for host in ["localhost", "id.app.localhost"] {
        let client = JwksClient::with_timing(&stub.url_at(host, "/jwks"), TIMING).unwrap();
        assert_eq!(has(&client, "a").await, Ok(true), "{host}");
    }
}

#[tokio::test]
async fn keys_are_fetched_at_first_need_and_kept() {
    let stub = Stub::serve(keys(&["a", "b"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(stub.requests(), 0);
    for id in ["a", "b", "a"] {
        assert_eq!(has(&client, id).await, Ok(true));
    }
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn many_at_once_make_one_request() {
    let body = json!({ "keys": [TestKey::ed25519().jwk("a")] }).to_string();
    let stub = Stub::serve(Reply::Slow(Duration::from_millis(100), body)).await;
    let client = Arc::new(client(&stub, TIMING));
    let waiting: Vec<_> = (0..50)
        .map(|_| {
            let client = Arc::clone(&client);
            tokio::spawn(async move { has(&client, "a").await })
        })
        .collect();
    for one in waiting {
        assert_eq!(one.await.unwrap(), Ok(true));
    }
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn a_client_that_gives_up_does_not_stop_the_fetch() {
    let body = json!({ "keys": [TestKey::ed25519().jwk("a")] }).to_string();
    let stub = Stub::serve(Reply::Slow(Duration::from_millis(100), body)).await;
    let client = client(&stub, TIMING);
    let hurried = tokio::time::timeout(Duration::from_millis(20), has(&client, "a")).await;
    assert!(hurried.is_err());
    assert_eq!(has(&client, "a").await, Ok(true));
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn an_unknown_key_is_looked_for_once_and_then_not_for_a_while() {
    let stub = Stub::serve(keys(&["old"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "old").await, Ok(true));
    stub.now_replies(keys(&["old", "new"]));
    assert_eq!(
        has(&client, "new").await,
        Ok(false),
        "the last fetch is too young"
    );
    assert_eq!(stub.requests(), 1);
    client.age(COOL_DOWN);
    assert_eq!(has(&client, "new").await, Ok(true));
    assert_eq!(stub.requests(), 2);
    for _ in 0..20 {
        assert_eq!(has(&client, "invented").await, Ok(false));
    }
    assert_eq!(stub.requests(), 2, "invented names cause no requests");
    client.age(COOL_DOWN);
    assert_eq!(has(&client, "old").await, Ok(true));
    assert_eq!(stub.requests(), 2, "a known name causes none either");
}

#[tokio::test]
async fn a_key_that_is_known_but_does_not_fit_causes_no_request() {
    let stub = Stub::serve(keys(&["a"])).await;
    let client = client(
        &stub,
        Timing {
            cool_down: Duration::ZERO,
            ..TIMING
        },
    );
    for key_id in [Some("a".to_owned()), None] {
        let header = Header {
            algorithm: Algorithm::ES256,
            key_id,
        };
        assert!(matches!(client.select(&header).await, Ok(Selection::Unfit)));
    }
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn a_set_is_fetched_again_when_its_time_is_over() {
    let stub = Stub::serve(keys(&["old"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "old").await, Ok(true));
    stub.now_replies(keys(&["new"]));
    client.age(TIMING.refresh_at.saturating_sub(Duration::from_secs(1)));
    assert_eq!(has(&client, "old").await, Ok(true));
    assert_eq!(stub.requests(), 1);
    client.age(LIFETIME.saturating_sub(TIMING.refresh_at) + Duration::from_secs(1));
    assert_eq!(
        has(&client, "old").await,
        Ok(false),
        "a withdrawn key is gone"
    );
    assert_eq!(has(&client, "new").await, Ok(true));
    assert_eq!(stub.requests(), 2);
}

#[tokio::test]
async fn a_set_in_use_is_fetched_again_before_its_time_is_over() {
    let stub = Stub::serve(keys(&["old"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "old").await, Ok(true));
    stub.now_replies(keys(&["new"]));
    client.age(TIMING.refresh_at);
    assert_eq!(has(&client, "old").await, Ok(true), "nobody waits");
    client.settled().await;
    assert_eq!(has(&client, "old").await, Ok(false));
    assert_eq!(stub.requests(), 2);
}

#[tokio::test]
async fn an_empty_set_withdraws_all_keys() {
    let stub = Stub::serve(keys(&["a"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "a").await, Ok(true));
    stub.now_replies(key_set(&[]));
    client.age(LIFETIME);
    assert_eq!(has(&client, "a").await, Ok(false));
    stub.now_replies(Reply::HangUp);
    client.age(LIFETIME);
    assert_eq!(has(&client, "a").await, Ok(false), "still withdrawn");
    stub.now_replies(keys(&["b"]));
    client.age(COOL_DOWN);
    assert_eq!(has(&client, "b").await, Ok(true));
}

#[tokio::test]
async fn an_old_set_serves_for_a_day_at_most() {
    let stub = Stub::serve(keys(&["a"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "a").await, Ok(true));
    stub.now_replies(Reply::HangUp);
    client.age(LIFETIME);
    assert_eq!(has(&client, "a").await, Ok(true));
    client.age(TIMING.outage.saturating_sub(LIFETIME + COOL_DOWN));
    assert_eq!(has(&client, "a").await, Ok(true));
    client.settled().await;
    client.age(COOL_DOWN);
    assert_eq!(has(&client, "a").await, Err(TokenError::KeysUnavailable));
    stub.now_replies(keys(&["a"]));
    client.age(COOL_DOWN);
    assert_eq!(has(&client, "a").await, Ok(true));
}

#[tokio::test]
async fn the_old_set_serves_while_the_issuer_is_down() {
    let stub = Stub::serve(keys(&["a"])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "a").await, Ok(true));
    client.age(LIFETIME);
    let broken = [
        Reply::HangUp,
        Reply::Status("500 Internal Server Error", String::new()),
        Reply::Body("<html>".to_owned()),
    ];
    for (reply, fetches) in broken.into_iter().zip(2..) {
        stub.now_replies(reply);
        assert_eq!(has(&client, "a").await, Ok(true));
        client.settled().await;
        assert_eq!(stub.requests(), fetches);
        client.age(COOL_DOWN);
    }
    stub.now_replies(keys(&["b"]));
    assert_eq!(
        has(&client, "a").await,
        Ok(true),
        "it starts the fetch and does not wait for it"
    );
    client.settled().await;
    assert_eq!(has(&client, "b").await, Ok(true));
}

#[tokio::test]
async fn a_dead_issuer_costs_its_time_out_once() {
    let stub = Stub::serve(Reply::Trickle).await;
    let client = client(&stub, IMPATIENT);
    let start = Instant::now();
    assert_eq!(has(&client, "a").await, Err(TokenError::KeysUnavailable));
    assert!(
        start.elapsed() >= Duration::from_millis(450),
        "{:?}",
        start.elapsed()
    );
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(has(&client, "a").await, Err(TokenError::KeysUnavailable));
    }
    assert!(
        start.elapsed() < Duration::from_millis(450),
        "{:?}",
        start.elapsed()
    );
    assert_eq!(stub.requests(), 1);
}

#[tokio::test]
async fn an_old_set_spares_everyone_the_wait_for_a_dead_issuer() {
    let stub = Stub::serve(keys(&["a"])).await;
    let client = client(&stub, IMPATIENT);
    assert_eq!(has(&client, "a").await, Ok(true));
    stub.now_replies(Reply::Trickle);
    client.age(LIFETIME);
    assert_eq!(
        has(&client, "a").await,
        Ok(true),
        "the first waits, and is served"
    );
    assert_eq!(stub.requests(), 2);
    client.age(COOL_DOWN);
    let start = Instant::now();
    for _ in 0..50 {
        assert_eq!(has(&client, "a").await, Ok(true));
    }
    assert!(
        start.elapsed() < Duration::from_millis(450),
        "{:?}",
        start.elapsed()
    );
    client.settled().await;
    assert_eq!(stub.requests(), 3);
}

#[tokio::test]
async fn an_issuer_that_comes_up_late_is_found() {
    let stub = Stub::serve(key_set(&[])).await;
    let client = client(&stub, TIMING);
    assert_eq!(has(&client, "a").await, Err(TokenError::KeysUnavailable));
    stub.now_replies(keys(&["a"]));
    assert_eq!(
        has(&client, "a").await,
        Err(TokenError::KeysUnavailable),
        "it was just asked"
    );
    assert_eq!(stub.requests(), 1);
    client.age(COOL_DOWN);
    assert_eq!(has(&client, "a").await, Ok(true));
}

#[tokio::test]
async fn no_answer_but_a_plain_good_one_counts() {
    let good = Stub::serve(keys(&["a"])).await;
    let location = format!("location: {}\r\n", good.url("/jwks"));
    let large = format!("{{\"keys\": [], \"pad\": \"{}\"}}", "x".repeat(MAX_LENGTH));
    for bad in [
        Reply::Status("302 Found", location.clone()),
        Reply::Status("307 Temporary Redirect", location),
        Reply::Status("404 Not Found", String::new()),
        Reply::Status("204 No Content", String::new()),
        Reply::Body(large),
        Reply::Endless(10 * 1024 * 1024),
        Reply::Slow(Duration::from_secs(3), String::new()),
        Reply::HangUp,
    ] {
        let stub = Stub::serve(bad).await;
        let client = client(&stub, IMPATIENT);
        assert_eq!(has(&client, "a").await, Err(TokenError::KeysUnavailable));
        assert_eq!(stub.requests(), 1);
    }
    assert_eq!(good.requests(), 0, "a redirect was followed");
}

#[tokio::test]
async fn a_set_of_256_kib_is_read() {
    let set = json!({ "keys": [TestKey::ed25519().jwk("a")], "pad": "" }).to_string();
    let pad = "x".repeat(MAX_LENGTH - set.len());
    let full = set.replace("\"pad\":\"\"", &format!("\"pad\":\"{pad}\""));
    assert_eq!(full.len(), MAX_LENGTH);
    let stub = Stub::serve(Reply::Body(full)).await;
    assert_eq!(has(&client(&stub, TIMING), "a").await, Ok(true));
}

#[tokio::test]
async fn nobody_listening_is_no_keys() {
    let client = JwksClient::with_timing("http://127.0.0.1:1/jwks", TIMING).unwrap();
    assert_eq!(has(&client, "a").await, Err(TokenError::KeysUnavailable));
}
