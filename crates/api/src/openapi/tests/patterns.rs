use super::*;

#[test]
fn a_pattern_draws_the_line_where_the_domain_draws_it() {
    use tasklane_domain::task::{Description, Tag, Title};
    use tasklane_domain::user::Email;
    let document = document();
    let texts = [
        "",
        " ",
        "a",
        " a ",
        "a b",
        "\u{2003}ü\u{3000}",
        "a\u{85}",
        "\u{85}a",
        "a\u{0}b",
        "a\tb",
        "\ta\n",
        "a\u{feff}",
        "\u{1c}a",
        "ada@example.com",
        " a@b ",
        "a@b@c",
        "a b@c",
        "@",
        "a@",
        "@a",
        "a@\u{2003}b",
        "a\u{7f}@b",
        "\u{1F600}",
        &"x".repeat(50),
        &"x".repeat(51),
        &"ü".repeat(200),
        &"ü".repeat(201),
        &format!(" {} ", "x".repeat(200)),
        &"x".repeat(10_000),
        &"x".repeat(10_001),
    ];
    let fits = |schema: &str, member: &str, text: &str| {
        let pointer = format!("/components/schemas/{schema}/properties/{member}");
        let mut schema = document.pointer(&pointer).unwrap();
        if !schema["items"].is_null() {
            schema = &schema["items"];
        }
        validator(&document, schema).is_valid(&json!(text))
    };
    for text in texts {
        assert_eq!(
            fits("TaskDraft", "title", text),
            Title::parse(text).is_ok(),
            "{text:?}"
        );
        assert_eq!(
            fits("TaskDraft", "tags", text),
            Tag::parse(text).is_ok(),
            "{text:?}"
        );
        let paragraphs = Description::parse(text).is_ok();
        assert_eq!(
            fits("TaskDraft", "description", text),
            paragraphs,
            "{text:?}"
        );
        let email = Email::parse(text).is_ok();
        assert_eq!(fits("Registration", "email", text), email, "{text:?}");
    }
}
