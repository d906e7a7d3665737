//! The key that local tokens are signed with, published and changed.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use macro_rules_attribute::apply;
use serde_json::{Value, json};
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::program::{Program, SECRET};
use tasklane_tests::server::Server;
use tasklane_tests::signing_key::SigningKey;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::tokens::Forgery;
use tasklane_tests::user::User;

const ME: &str = "/api/users/me";
const RETIRING: &str = "auth.retiring_public_key_file";

fn written(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    fs::write(&file, text).expect("a file can be written");
    file.to_str()
        .expect("a temporary folder's name is UTF-8")
        .to_owned()
}

/// The program that signs with one key and, perhaps, accepts another.
fn signing_with(store: &Store, key: &SigningKey, retiring: Option<&SigningKey>) -> Program {
    let program = store.program().unset("auth.secret");
    let folder = program.folder().to_owned();
    let private = written(&folder, &format!("{}.pem", key.id()), &key.private_pem());
    let program = program.set("auth.private_key_file", &private);
    let Some(retiring) = retiring else {
        return program;
    };
    let name = format!("{}.pub.pem", retiring.id());
    let public = written(&folder, &name, &retiring.public_pem());
    program.set(RETIRING, &public)
}

/// The keys that are published: `x` and `kid` of each.
async fn published(server: &Server) -> Vec<(Value, Value)> {
    let set = server
        .anonymous()
        .get("/.well-known/jwks.json")
        .await
        .is(200);
    let cacheable = set
        .header("cache-control")
        .is_some_and(|value| value.contains("max-age"));
    assert!(cacheable, "{:?}", set.headers());
    let set = set.json();
    let keys = set["keys"].as_array().expect("a set has keys");
    for key in keys {
        assert_eq!(
            (&key["kty"], &key["alg"], key.get("d")),
            (&json!("OKP"), &json!("EdDSA"), None)
        );
    }
    keys.iter()
        .map(|key| (key["x"].clone(), key["kid"].clone()))
        .collect()
}

/// The name of the key that signed the user's token.
fn kid(user: &User) -> Value {
    let header = user
        .access_token()
        .split('.')
        .next()
        .expect("a token has a header");
    let header = URL_SAFE_NO_PAD
        .decode(header)
        .expect("a header is base64url");
    let header: Value = serde_json::from_slice(&header).expect("a header is JSON");
    header["kid"].clone()
}

fn x(key: &SigningKey) -> Value {
    key.jwk()["x"].clone()
}

#[apply(both_stores)]
async fn a_signing_key_is_changed_without_signing_anybody_out(store: &Store) {
    let (old, new) = (SigningKey::ed25519("old"), SigningKey::ed25519("new"));
    let server = signing_with(store, &old, None).serve().await;
    let ada = server.user("ada").await;
    assert_eq!(published(&server).await, [(x(&old), kid(&ada))]);
    ada.get(ME).await.is(200);
    server.stop().await;

    let server = signing_with(store, &new, Some(&old)).serve().await;
    let earlier = ada.at(server.url());
    let later = earlier.login().await;
    assert_ne!(kid(&later), kid(&earlier));
    assert_eq!(
        published(&server).await,
        [(x(&new), kid(&later)), (x(&old), kid(&earlier))]
    );
    for user in [&earlier, &later] {
        user.get(ME).await.is(200);
    }
    server.stop().await;

    let server = signing_with(store, &new, None).serve().await;
    assert_eq!(published(&server).await, [(x(&new), kid(&later))]);
    earlier
        .at(server.url())
        .get(ME)
        .await
        .problem(401, "invalid_token");
    later.at(server.url()).get(ME).await.is(200);
    let refresh = json!({ "refresh_token": earlier.refresh_token() });
    let refreshed = server
        .anonymous()
        .post("/api/auth/refresh", &refresh)
        .await
        .is(200);
    let refreshed = User::signed_in(&server.anonymous(), &refreshed);
    assert_eq!(kid(&refreshed), kid(&later));
    refreshed.get(ME).await.is(200);
}

#[tokio::test]
async fn processes_that_learn_of_the_next_key_first_are_changed_one_by_one() {
    let store = Store::create(Kind::Postgres).await;
    let (old, new) = (SigningKey::ed25519("old"), SigningKey::ed25519("new"));
    let told = signing_with(&store, &old, Some(&new)).serve().await;
    let changed = signing_with(&store, &new, Some(&old)).serve().await;
    let ada = told.user("ada").await;
    let again = ada.at(changed.url()).login().await;
    for server in [&told, &changed] {
        for user in [&ada, &again] {
            user.at(server.url()).get(ME).await.is(200);
        }
    }
}

#[apply(both_stores)]
async fn a_secret_does_not_verify_where_a_private_key_signs(store: &Store) {
    let key = SigningKey::ed25519("key");
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    ada.get(ME).await.is(200);
    assert_eq!(published(&server).await, []);
    server.stop().await;

    let server = signing_with(store, &key, None).serve().await;
    ada.at(server.url())
        .get(ME)
        .await
        .problem(401, "invalid_token");
    let public = key.public_pem();
    for secret in [
        SECRET.as_bytes(),
        public.as_bytes(),
        public.trim().as_bytes(),
    ] {
        let forged = Forgery::of(ada.access_token()).with_secret(secret).sign();
        let client = server.anonymous().with_token(&forged);
        client.get(ME).await.problem(401, "invalid_token");
    }
}

#[tokio::test]
async fn a_retiring_key_that_is_none_is_told_by_name() {
    let store = Store::create(Kind::Sqlite).await;
    let key = SigningKey::ed25519("key");
    let program = signing_with(&store, &key, None);
    let folder = program.folder().to_owned();
    let private = SigningKey::ed25519("other").private_pem();
    let files = [
        folder
            .join("missing.pem")
            .to_str()
            .expect("UTF-8")
            .to_owned(),
        written(&folder, "empty.pem", ""),
        written(&folder, "private.pem", &private),
        written(&folder, "p256.pem", &SigningKey::p256("p256").public_pem()),
    ];
    for file in files {
        let failed = program.clone().set(RETIRING, &file).run(&["serve"]).await;
        let line = failed.failed_with_one_line();
        assert!(line.contains(RETIRING), "{line}");
        assert!(!line.contains("PRIVATE"), "{line}");
    }
    let public = written(&folder, "public.pem", &key.public_pem());
    let failed = store.program().set(RETIRING, &public).run(&["serve"]).await;
    let line = failed.failed_with_one_line();
    assert!(
        line.contains(RETIRING) && line.contains("auth.private_key_file"),
        "{line}"
    );
}

async fn refresh(server: &Server, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    server.anonymous().post("/api/auth/refresh", &body).await
}

#[apply(both_stores)]
async fn a_refresh_repeated_under_another_key_ends_nothing(store: &Store) {
    let server = store.program().serve().await;
    let ada = server.user("ada").await;
    let first = refresh(&server, ada.refresh_token()).await.is(200).json();
    let successor = first["refresh_token"].as_str().expect("a token");
    server.stop().await;
    let other = store
        .program()
        .set("auth.secret", &"another key ".repeat(4));
    let server = other.serve().await;
    let repeated = refresh(&server, ada.refresh_token()).await;
    repeated.problem(401, "invalid_refresh_token");
    refresh(&server, successor).await.is(200);
}
