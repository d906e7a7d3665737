//! What a mail says.

use std::time::Duration;

use tasklane_domain::user::{LinkPurpose, Mail};

pub(super) fn subject(mail: &Mail) -> &'static str {
    match mail.template {
        LinkPurpose::PasswordReset => "Reset your password",
        LinkPurpose::EmailVerification => "Verify your email address",
    }
}

pub(super) fn body(mail: &Mail) -> String {
    let (action, otherwise) = match mail.template {
        LinkPurpose::PasswordReset => (
            "To choose a new password, open this link:",
            "If you did not ask for this, ignore this mail: your password stays as it is.",
        ),
        LinkPurpose::EmailVerification => (
            "To verify your email address, open this link:",
            "If you did not ask for this, ignore this mail.",
        ),
    };
    let (link, lifetime) = (&mail.link, in_words(mail.lifetime));
    format!(
        "Hello,\n\n{action}\n\n{link}\n\nThe link works once, within {lifetime}.\n\n{otherwise}\n"
    )
}

fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let (number, unit) = match seconds {
        _ if seconds.is_multiple_of(3600) => (seconds / 3600, "hour"),
        _ if seconds.is_multiple_of(60) => (seconds / 60, "minute"),
        _ => (seconds, "second"),
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tasklane_domain::user::Email;

    #[test]
    fn a_mail_says_what_the_link_does_and_for_how_long() {
        let mail = |template| Mail {
            template,
            to: Email::parse("ada@example.com").unwrap(),
            link: "https://app.example.com/?token=abc".to_owned(),
            lifetime: Duration::from_mins(90),
        };
        let reset = body(&mail(LinkPurpose::PasswordReset));
        assert!(reset.contains("\n\nhttps://app.example.com/?token=abc\n\n"));
        assert!(reset.contains("within 90 minutes"), "{reset}");
        assert!(reset.contains("password"));
        assert!(!body(&mail(LinkPurpose::EmailVerification)).contains("password"));
    }

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        let told =
            [3600, 7200, 60, 5400, 90, 1].map(|seconds| in_words(Duration::from_secs(seconds)));
        let expected = [
            "1 hour",
            "2 hours",
            "1 minute",
            "90 minutes",
            "90 seconds",
            "1 second",
        ];
        assert_eq!(told, expected);
    }
}
