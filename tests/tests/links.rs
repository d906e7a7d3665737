//! Links that are sent to an account's address: forgotten passwords and verified addresses.

use std::fs;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use macro_rules_attribute::apply;
use serde_json::{Value, json};
use sha2::Sha256;
use tasklane_tests::answer::Answer;
use tasklane_tests::both_stores;
use tasklane_tests::certificates::Authority;
use tasklane_tests::client::Client;
use tasklane_tests::hook_server::HookServer;
use tasklane_tests::issuer::Issuer;
use tasklane_tests::mail_server::{MAIL_USER, MailServer, ReceivedMail};
use tasklane_tests::program::Program;
use tasklane_tests::server::Server;
use tasklane_tests::store::{Kind, Store};
use tasklane_tests::user::{PASSWORD, User};

const ME: &str = "/api/users/me";
const LOGIN: &str = "/api/auth/login";
const FORGOT: &str = "/api/auth/password/forgot";
const RESET: &str = "/api/auth/password/reset";
const VERIFY: &str = "/api/auth/email/verify";
const NEW_PASSWORD: &str = "another good phrase";

/// The settings of a service with pages for links, whose clients' addresses a proxy names.
fn with_pages(store: &Store) -> Program {
    store
        .program()
        .set("auth.reset_url", "https://app.example.com/reset#")
        .set("auth.verify_url", "https://app.example.com/verify")
        .set("server.trusted_proxies", "127.0.0.1")
}

fn with_mail(store: &Store, mail: &MailServer) -> Program {
    with_pages(store)
        .set("mail.smtp_url", &format!("smtp://{}", mail.host()))
        .set("mail.from", "Tasklane <no-reply@example.com>")
}

/// Asks from an address of the internet.
async fn forgot(client: &Client, email: &str, address: &str) -> Answer {
    let call = client.post(FORGOT, &json!({ "email": email }));
    call.header("x-forwarded-for", address).await
}

async fn reset(client: &Client, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "new_password": password });
    client.post(RESET, &body).await
}

async fn login(client: &Client, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    client.post(LOGIN, &body).await
}

/// Somebody who has registered, with the mail that came of it.
async fn registered(server: &Server, mail: &MailServer) -> (User, ReceivedMail) {
    let before = mail.mails().len();
    let user = server.user("ada").await;
    let mails = mail.wait_for(before + 1).await;
    (user, mails[before].clone())
}

#[apply(both_stores)]
async fn a_forgotten_password_is_reset_by_a_link_that_works_once(store: &Store) {
    let mail = MailServer::start().await;
    let server = with_mail(store, &mail).serve().await;
    let (ada, verification) = registered(&server, &mail).await;
    let elsewhere = ada.login().await;
    let anyone = server.anonymous();
    assert_eq!(ada.get(ME).await.is(200).json()["email_verified"], false);

    let answer = forgot(&anyone, "ADA@example.com", "192.0.2.1")
        .await
        .is(202);
    assert_eq!(answer.json(), json!({}));
    let sent = mail.wait_for(2).await[1].clone();
    assert_eq!(sent.from, "no-reply@example.com");
    assert_eq!(sent.to, ["ada@example.com"]);
    assert!(
        sent.text.contains("Subject: Reset your password\r\n"),
        "{}",
        sent.text
    );
    assert!(sent.body().contains("https://app.example.com/reset#token="));
    assert!(sent.body().contains("within 1 hour"), "{}", sent.body());

    // What is wrong with a password does not use the link up.
    let token = sent.token();
    let short = reset(&anyone, &token, "short").await;
    short.problem(422, "validation_failed");
    let own = reset(&anyone, &token, "ada@example.com").await;
    own.problem(422, "validation_failed");
    reset(&anyone, &token, NEW_PASSWORD).await.is(204);

    for session in [&ada, &elsewhere] {
        session.get(ME).await.problem(401, "invalid_token");
        let refresh = json!({ "refresh_token": session.refresh_token() });
        let refreshed = anyone.post("/api/auth/refresh", &refresh).await;
        refreshed.problem(401, "invalid_refresh_token");
    }
    login(&anyone, ada.email(), PASSWORD)
        .await
        .problem(401, "invalid_credentials");
    let back = login(&anyone, ada.email(), NEW_PASSWORD).await.is(200);
    assert_eq!(back.json()["user"]["email_verified"], true);

    for used in [&token, &verification.token(), &"A".repeat(64), "x"] {
        let refused = reset(&anyone, used, NEW_PASSWORD).await;
        refused.problem(401, "invalid_reset_token");
        let challenge = refused.header("www-authenticate").unwrap();
        assert!(challenge.contains("invalid_token"), "{challenge}");
    }
    server.stop().await;
}

#[apply(both_stores)]
async fn only_the_newest_link_works_and_only_within_its_time(store: &Store) {
    let mail = MailServer::start().await;
    let server = with_mail(store, &mail)
        .set("auth.reset_ttl", "4s")
        .serve()
        .await;
    let (ada, _) = registered(&server, &mail).await;
    let anyone = server.anonymous();
    for (number, address) in [(2, "192.0.2.1"), (3, "192.0.2.2")] {
        forgot(&anyone, ada.email(), address).await.is(202);
        mail.wait_for(number).await;
    }
    let mails = mail.mails();
    let older = reset(&anyone, &mails[1].token(), NEW_PASSWORD).await;
    older.problem(401, "invalid_reset_token");
    tokio::time::sleep(Duration::from_secs(4)).await;
    let late = reset(&anyone, &mails[2].token(), NEW_PASSWORD).await;
    late.problem(401, "invalid_reset_token");
    login(&anyone, ada.email(), PASSWORD).await.is(200);
}

#[apply(both_stores)]
async fn nobody_learns_who_has_an_account_and_nobody_is_flooded(store: &Store) {
    let mail = MailServer::start().await;
    let program = with_mail(store, &mail).set("rate_limit.enabled", "false");
    let server = program.serve().await;
    let (ada, _) = registered(&server, &mail).await;
    let anyone = server.anonymous();

    let unknown = forgot(&anyone, "nobody@example.com", "192.0.2.1")
        .await
        .is(202);
    let known = forgot(&anyone, ada.email(), "192.0.2.1").await.is(202);
    assert_eq!(unknown.json(), known.json());
    // The third mail of the account's hour is the last, wherever it is asked for.
    for address in ["192.0.2.2", "192.0.2.3", "192.0.2.4"] {
        forgot(&anyone, ada.email(), address).await.is(202);
    }
    // The third request of an address's hour is the last, whomever it is for.
    let bob = server.user("bob").await;
    for _ in 0..3 {
        forgot(&anyone, "nobody@example.com", "192.0.2.5")
            .await
            .is(202);
    }
    forgot(&anyone, bob.email(), "192.0.2.5").await.is(202);
    // Behind all of these in the queue.
    forgot(&anyone, bob.email(), "192.0.2.6").await.is(202);
    let mails = mail.wait_for(5).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mail.mails().len(), 5);
    let to = |user: &User| {
        mails
            .iter()
            .filter(|mail| mail.to == [user.email()])
            .count()
    };
    assert_eq!((to(&ada), to(&bob)), (3, 2));
}

#[apply(both_stores)]
async fn an_address_is_verified_before_its_account_signs_in(store: &Store) {
    let mail = MailServer::start().await;
    let program = with_mail(store, &mail).set("auth.require_verified_email", "true");
    let server = program.serve().await;
    let (ada, sent) = registered(&server, &mail).await;
    let anyone = server.anonymous();
    assert!(
        sent.text.contains("Subject: Verify your email address\r\n"),
        "{}",
        sent.text
    );
    assert!(
        sent.body()
            .contains("https://app.example.com/verify?token=")
    );
    let refused = login(&anyone, ada.email(), PASSWORD).await;
    refused.problem(403, "email_not_verified");
    let wrong = login(&anyone, ada.email(), "wrong password").await;
    wrong.problem(401, "invalid_credentials");

    // The link again, which only its own user can ask for.
    anyone
        .post(VERIFY, &json!({}))
        .await
        .problem(401, "unauthenticated");
    ada.post(VERIFY, &json!({})).await.is(202);
    let again = mail.wait_for(2).await[1].clone();
    let verify = async |token: &str| anyone.post(VERIFY, &json!({ "token": token })).await;
    verify(&sent.token())
        .await
        .problem(401, "invalid_reset_token");
    verify(&again.token()).await.is(204);
    verify(&again.token())
        .await
        .problem(401, "invalid_reset_token");
    assert_eq!(ada.get(ME).await.is(200).json()["email_verified"], true);
    let export = ada.get("/api/users/me/export").await.is(200).json();
    assert_eq!(export["user"]["email_verified"], true);
    login(&anyone, ada.email(), PASSWORD).await.is(200);
    ada.post(VERIFY, &json!({})).await.is(202);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(mail.mails().len(), 2, "there is nothing to verify any more");
}

#[apply(both_stores)]
async fn a_link_does_nothing_for_anybody_else(store: &Store) {
    let mail = MailServer::start().await;
    let server = with_mail(store, &mail).serve().await;
    let (ada, verification) = registered(&server, &mail).await;
    let bob = server.user("bob").await;
    mail.wait_for(2).await;
    let anyone = server.anonymous();
    forgot(&anyone, ada.email(), "192.0.2.1").await.is(202);
    let token = mail.wait_for(3).await[2].token();
    // The user's id is in front: sixteen bytes, and the secret behind them.
    let decode = |text: &str| {
        base64::engine::general_purpose::URL_SAFE_NO_PAD
            .decode(text)
            .unwrap()
    };
    let mut bytes = decode(&token);
    let bob_id = bob.id().replace('-', "");
    for (index, byte) in bytes.iter_mut().take(16).enumerate() {
        *byte = u8::from_str_radix(&bob_id[2 * index..2 * index + 2], 16).unwrap();
    }
    let forged = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
    let refused = reset(&anyone, &forged, NEW_PASSWORD).await;
    refused.problem(401, "invalid_reset_token");
    let wrong_purpose = bob.post(VERIFY, &json!({ "token": token })).await;
    wrong_purpose.problem(401, "invalid_reset_token");
    login(&anyone, bob.email(), PASSWORD).await.is(200);

    let program = store.program().set("log.level", "error");
    program
        .run(&["user", "disable", ada.email()])
        .await
        .succeeded();
    let disabled = reset(&anyone, &token, NEW_PASSWORD).await;
    disabled.problem(401, "invalid_reset_token");
    let disabled = anyone
        .post(VERIFY, &json!({ "token": verification.token() }))
        .await;
    disabled.problem(401, "invalid_reset_token");
    forgot(&anyone, ada.email(), "192.0.2.2").await.is(202);
    forgot(&anyone, bob.email(), "192.0.2.3").await.is(202);
    let mails = mail.wait_for(4).await;
    assert_eq!(mails[3].to, [bob.email()]);
}

#[apply(both_stores)]
async fn an_operator_makes_a_link_that_resets_a_password(store: &Store) {
    let server = with_pages(store).set("profile", "production").serve().await;
    let console = with_pages(store).set("profile", "production");
    console
        .run(&["user", "add", "ada@example.com"])
        .await
        .succeeded();
    let link = async || {
        let printed = console
            .run(&["user", "reset-link", "ADA@example.com"])
            .await;
        printed.succeeded().stdout
    };
    let (older, newer) = (link().await, link().await);
    let token = |line: &str| {
        let (page, token) = line.trim_end().split_once("token=").unwrap();
        assert_eq!(
            (page, line.lines().count()),
            ("https://app.example.com/reset#", 1)
        );
        token.to_owned()
    };
    let anyone = server.anonymous();
    let refused = reset(&anyone, &token(&older), NEW_PASSWORD).await;
    refused.problem(401, "invalid_reset_token");
    reset(&anyone, &token(&newer), NEW_PASSWORD).await.is(204);
    login(&anyone, "ada@example.com", NEW_PASSWORD)
        .await
        .is(200);

    let unknown = console
        .run(&["user", "reset-link", "bob@example.com"])
        .await;
    unknown.failed_with_one_line();
    let without_page = store
        .program()
        .run(&["user", "reset-link", "ada@example.com"])
        .await;
    let complaint = without_page.failed_with_one_line();
    assert!(complaint.contains("auth.reset_url"), "{complaint}");
}

#[apply(both_stores)]
async fn who_sends_no_mail_offers_no_links(store: &Store) {
    let settings = [
        store.program(),
        with_pages(store)
            .set("profile", "production")
            .set("auth.registration", "open"),
    ];
    for (program, name) in settings.into_iter().zip(["ada", "bob"]) {
        let server = program.serve().await;
        let user = server.user(name).await;
        let answer = user.post(FORGOT, &json!({ "email": user.email() })).await;
        answer.problem(404, "not_found");
        user.post(VERIFY, &json!({}))
            .await
            .problem(404, "not_found");
        server.stop().await;
    }
}

#[tokio::test]
async fn in_development_the_link_is_in_the_log() {
    let store = Store::create(Kind::Sqlite).await;
    let server = with_pages(&store).serve().await;
    let ada = server.user("ada").await;
    let log = server
        .log_with("https://app.example.com/verify?token=")
        .await;
    let (_, rest) = log.split_once("/verify?token=").unwrap();
    let token: String = rest.chars().take(64).collect();
    ada.post(VERIFY, &json!({ "token": token })).await.is(204);
}

#[tokio::test]
async fn mail_goes_over_tls_and_with_a_password_where_the_server_wants_it() {
    let authority = Authority::named("Acme");
    let mail = MailServer::certified(&authority.certify("localhost")).await;
    let (user, _) = MAIL_USER;
    let url = format!(
        "smtp://{user}:a%20secret%2Fwith%3A%20signs%40@{}",
        mail.host()
    );
    let store = Store::create(Kind::Sqlite).await;
    let program = with_mail(&store, &mail).set("mail.smtp_url", &url);
    let file = program.folder().join("authorities.pem");
    fs::write(&file, authority.pem()).unwrap();
    let server = program
        .variable("SSL_CERT_FILE", file.to_str().unwrap())
        .serve()
        .await;
    let (_, sent) = registered(&server, &mail).await;
    assert!(sent.is_authenticated);
    assert!(
        !server.log().contains("signs"),
        "the password is in the log"
    );
}

#[tokio::test]
async fn a_server_that_cannot_be_trusted_gets_no_mail_and_the_log_says_why() {
    let mail = MailServer::certified(&Authority::named("Acme").certify("localhost")).await;
    let store = Store::create(Kind::Sqlite).await;
    let server = with_mail(&store, &mail).serve().await;
    server.user("ada").await;
    let log = server.log_with("mail not sent").await;
    let line = log
        .lines()
        .find(|line| line.contains("mail not sent"))
        .unwrap();
    assert!(
        line.contains("ERROR") && line.contains("certificate"),
        "{line}"
    );
    assert_eq!(mail.mails(), []);
}

#[tokio::test]
async fn a_mail_is_handed_over_in_a_signed_request() {
    let hook = HookServer::start().await;
    let key = [7; 32];
    let secret = format!("whsec_{}", STANDARD.encode(key));
    let store = Store::create(Kind::Sqlite).await;
    let program = with_pages(&store)
        .set("profile", "production")
        .set("auth.registration", "open")
        .set("mail.hook_url", &hook.url())
        .set("mail.hook_secret", &secret);
    let server = program.serve().await;
    let ada = server.user("ada").await;
    let request = hook.first().await;
    assert_eq!(request.line, "POST /mail HTTP/1.1");
    let header = |name: &str| request.headers[name].clone();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp"));
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{}", request.body).as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    assert_eq!(header("webhook-signature"), signature);
    assert_eq!(header("content-type"), "application/json");

    let body: Value = serde_json::from_str(&request.body).unwrap();
    let link = body["data"]["link"].as_str().unwrap();
    let (page, token) = link.split_once("?token=").unwrap();
    assert_eq!(page, "https://app.example.com/verify");
    let data = json!({ "template": "email_verification", "to": "ada@example.com", "link": link });
    assert_eq!(body, json!({ "type": "mail", "data": data }));
    ada.post(VERIFY, &json!({ "token": token })).await.is(204);

    let shown = program.run(&["config"]).await.succeeded().stdout;
    assert!(
        shown.contains("hook_url") && !shown.contains(&secret),
        "{shown}"
    );
    assert!(!server.log().contains(token), "the link is in the log");
}

#[tokio::test]
async fn an_issuers_user_has_no_address_to_verify_here() {
    let issuer = Issuer::start().await;
    let store = Store::create(Kind::Sqlite).await;
    let program = with_pages(&store).configured(&issuer.settings());
    let server = program.serve().await;
    let ada = server.anonymous().with_token(&issuer.token("ada"));
    ada.post(VERIFY, &json!({})).await.problem(404, "not_found");
    assert_eq!(ada.get(ME).await.is(200).json()["email_verified"], false);
}

#[tokio::test]
async fn a_start_says_which_settings_are_of_no_use_without_others() {
    let store = Store::create(Kind::Sqlite).await;
    let mail = MailServer::start().await;
    let production = store.program().set("profile", "production");
    let server = production
        .set("mail.smtp_url", &format!("smtp://{}", mail.host()))
        .set("mail.from", "no-reply@example.com")
        .serve()
        .await;
    server
        .log_with("set auth.reset_url and auth.verify_url")
        .await;
}
