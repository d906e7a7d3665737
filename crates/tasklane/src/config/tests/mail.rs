use super::*;

const HOOK_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

const SMTP_URL: &str = "TASKLANE__MAIL__SMTP_URL";
const FROM: &str = "TASKLANE__MAIL__FROM";
const HOOK_URL: &str = "TASKLANE__MAIL__HOOK_URL";
const HOOK_KEY: &str = "TASKLANE__MAIL__HOOK_SECRET";

#[test]
fn mail_goes_to_a_server_from_a_sender() {
    let settings = load(&[
        (SMTP_URL, "smtps://me:hunter2%40@mail.example.com:2465"),
        (FROM, "Tasklane <no-reply@example.com>"),
    ]);
    let shown = settings.to_toml().unwrap();
    assert!(shown.contains("no-reply@example.com"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(!format!("{settings:?}").contains("hunter2"));
    for bad in [
        "mail.example.com",
        "https://mail.example.com",
        "smtp://me@mail.example.com",
    ] {
        assert!(rule(SMTP_URL, bad).starts_with("must be smtps://"), "{bad}");
    }
    for bad in ["Tasklane", "no-reply@"] {
        assert!(rule(FROM, bad).starts_with("must be an address"), "{bad}");
    }
}

#[test]
fn mail_is_handed_over_in_requests_that_a_secret_signs() {
    let settings = load(&[
        (HOOK_URL, "http://localhost:9000/"),
        (HOOK_KEY, HOOK_SECRET),
    ]);
    let shown = settings.to_toml().unwrap();
    assert!(!shown.contains(HOOK_SECRET), "{shown}");
    for bad in [
        "hooks.example.com",
        "http://hooks.example.com/",
        "https://me:hunter2@hooks.example.com/",
    ] {
        assert!(
            rule(HOOK_URL, bad).starts_with("must be an https URL"),
            "{bad}"
        );
    }
    for bad in ["", "secret", "whsec_c2hvcnQ="] {
        assert!(rule(HOOK_KEY, bad).starts_with("must be whsec_"), "{bad}");
    }
}

#[test]
fn one_way_out_is_enough_and_has_all_that_it_needs() {
    let server = (SMTP_URL, "smtp://mail.example.com");
    let sender = (FROM, "no-reply@example.com");
    let hook = (HOOK_URL, "https://hooks.example.com/mail");
    let secret = (HOOK_KEY, HOOK_SECRET);
    let wrong = |variables: &[_]| keys(Settings::load(None, environment(variables)));
    assert_eq!(wrong(&[server]), ["mail.from"]);
    assert_eq!(wrong(&[hook]), ["mail.hook_secret"]);
    assert_eq!(wrong(&[secret]), ["mail.hook_secret"]);
    assert_eq!(wrong(&[server, sender, hook, secret]), ["mail.hook_url"]);
}

#[test]
fn a_link_opens_a_page() {
    for (variable, read) in [
        (
            "TASKLANE__AUTH__RESET_URL",
            (|auth| auth.reset_url) as fn(AuthSettings) -> _,
        ),
        ("TASKLANE__AUTH__VERIFY_URL", |auth| auth.verify_url),
    ] {
        for page in [
            "https://app.example.com/reset#",
            "http://localhost:3000/#/reset",
        ] {
            let page_read = read(load(&[(variable, page)]).auth);
            assert_eq!(page_read.as_ref().map(url::Url::as_str), Some(page));
        }
        for bad in ["", "/reset", "app.example.com/reset", "javascript:alert(1)"] {
            assert!(
                rule(variable, bad).starts_with("must be the http or https URL"),
                "{bad}"
            );
        }
    }
}
