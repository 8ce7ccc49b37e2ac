//! HTML without a script, and without anything that it would fetch. All text of people goes through [`Html::text`].

use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");

/// Nothing but the style below and pictures that lie beside the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:";

/// A piece of HTML in which all that people wrote is text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Text as it is.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let mut html = String::with_capacity(text.len());
        for character in text.chars() {
            match character {
                '&' => html.push_str("&amp;"),
                '<' => html.push_str("&lt;"),
                '>' => html.push_str("&gt;"),
                '"' => html.push_str("&quot;"),
                '\'' => html.push_str("&#39;"),
                '\n' => html.push('\n'),
                // Characters that a page cannot hold, or that turn the text around them.
                control if control.is_control() => html.push('\u{fffd}'),
                other => html.push(other),
            }
        }
        Self(html)
    }

    /// An element of a class; its text finds its own direction and does not change that of its neighbours.
    #[must_use]
    pub fn tag(name: &str, class: &str, inner: &Self) -> Self {
        let inner = &inner.0;
        Self(format!(
            "<{name} class=\"{class}\" dir=\"auto\">{inner}</{name}>"
        ))
    }

    /// An element that can be pointed at.
    #[must_use]
    pub fn anchored(id: &str, inner: &Self) -> Self {
        let (id, inner) = (Self::text(id).0, &inner.0);
        Self(format!("<div id=\"{id}\">{inner}</div>"))
    }

    /// A link to a file below the page.
    #[must_use]
    pub fn link(path: &str, words: &str) -> Self {
        let (path, words) = (encoded(path), Self::text(words).0);
        Self(format!("<a href=\"{path}\" dir=\"auto\">{words}</a>"))
    }

    /// A picture below the page.
    #[must_use]
    pub fn picture(path: &str, words: &str) -> Self {
        let (path, words) = (encoded(path), Self::text(words).0);
        Self(format!("<img src=\"{path}\" alt=\"{words}\">"))
    }

    /// One after the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.push_str(&other.0);
        self
    }
}

/// A path in an address: everything but plain letters, digits, slashes and `-_.` is spelt in hex (RFC 3986, section 2.1).
fn encoded(path: &str) -> String {
    let mut address = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte) {
            address.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(address, "%{byte:02X}");
        }
    }
    address
}

/// A whole page.
pub struct Page(String);

impl Page {
    /// A page with its title as the first line.
    #[must_use]
    pub fn new(title: &str) -> Self {
        let title = Html::text(title).0;
        Self(format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1 dir=\"auto\">{title}</h1>\n"
        ))
    }

    /// The next piece.
    pub fn push(&mut self, html: Html) {
        self.0.push_str(&html.0);
        self.0.push('\n');
    }

    /// The whole of it.
    #[must_use]
    pub fn finish(mut self) -> String {
        self.0.push_str("</main>\n</body>\n</html>\n");
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_text() {
        let hostile = "<script>alert('x')</script> & \"quoted\"\u{7}";
        let Html(html) = Html::tag("p", "text", &Html::text(hostile));
        assert_eq!(
            html,
            "<p class=\"text\" dir=\"auto\">&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; \
             &quot;quoted&quot;\u{fffd}</p>"
        );
        let page = Page::new("</title><img src=x onerror=y>").finish();
        assert!(!page.contains("<img"));
    }

    #[test]
    fn the_name_of_a_file_is_no_address() {
        let Html(link) = Html::link("files/7-a b\"?.html", "a b\"?.html");
        assert_eq!(
            link,
            "<a href=\"files/7-a%20b%22%3F.html\" dir=\"auto\">a b&quot;?.html</a>"
        );
        let Html(link) = Html::link("javascript:alert(1)", "x");
        assert!(link.contains("javascript%3Aalert%281%29"));
    }
}
