use super::*;

#[test]
fn a_schema_accepts_the_trimmed_texts_that_the_domain_accepts() {
    use tasklane_domain::task::{Description, MAX_TAG_LENGTH, MAX_TITLE_LENGTH, Tag, Title};
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
    // The server counts characters after trimming, which a schema cannot say.
    let untrimmed = |text: &str, max: usize| text.chars().count() > max;
    for text in texts {
        let title = Title::parse(text).is_ok() && !untrimmed(text, MAX_TITLE_LENGTH);
        assert_eq!(fits("TaskDraft", "title", text), title, "{text:?}");
        let tag = Tag::parse(text).is_ok() && !untrimmed(text, MAX_TAG_LENGTH);
        assert_eq!(fits("TaskDraft", "tags", text), tag, "{text:?}");
        let description = Description::parse(text).is_ok();
        assert_eq!(
            fits("TaskDraft", "description", text),
            description,
            "{text:?}"
        );
        let email = Email::parse(text).is_ok();
        assert_eq!(fits("Registration", "email", text), email, "{text:?}");
    }
}
