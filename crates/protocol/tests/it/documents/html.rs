//! The documents as a page without a script: read where they are served, with nothing from anywhere else.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::schemas::PLACE;

pub(super) fn page(requests: &Value, events: &Value) -> String {
    let mut body = String::new();
    for tag in requests["tags"].as_array().unwrap() {
        group(&mut body, requests, tag);
    }
    let _ = write!(
        body,
        "<h2 id=\"events\">events</h2>\n<p>{}</p>\n",
        inline(text(&events["info"], "description"))
    );
    for (name, message) in object(&events["components"]["messages"]) {
        if !name.ends_with("_acknowledged") {
            event(&mut body, events, name, message);
        }
    }
    let schemas = object(&requests["components"]["schemas"]);
    body.push_str("<h2 id=\"types\">types</h2>\n");
    for (name, schema) in schemas {
        type_of(&mut body, name, schema);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>The API of this server</title>\n<link rel=\"stylesheet\" href=\"/api/docs/style.css\">\n</head>\n<body>\n\
         <header>\n<h1>The API of this server</h1>\n<p>{}</p>\n\
         <p>For programs: <a href=\"/api/docs/openapi.json\">openapi.json</a> (OpenAPI 3.1), \
         <a href=\"/api/docs/asyncapi.json\">asyncapi.json</a> (AsyncAPI 3.0).</p>\n\
         <nav>{}<a href=\"#events\">events</a> <a href=\"#types\">types</a></nav>\n</header>\n<main>\n{body}</main>\n</body>\n</html>\n",
        inline(text(&requests["info"], "description")),
        links(requests),
    )
}

fn links(requests: &Value) -> String {
    let tags = requests["tags"].as_array().unwrap().iter();
    let link = |tag: &Value| {
        let name = text(tag, "name");
        format!("<a href=\"#{name}\">{name}</a> ")
    };
    tags.map(link).collect()
}

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// Text with code between backticks; of links the words stay, of emphasis the text.
fn inline(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split('`').enumerate() {
        if place % 2 == 1 {
            let _ = write!(out, "<code>{}</code>", escaped(part));
        } else {
            out.push_str(&escaped(&without_links(&part.replace("**", ""))));
        }
    }
    out
}

fn without_links(text: &str) -> String {
    let Some((before, rest)) = text.split_once("](") else {
        return text.to_owned();
    };
    let (_, after) = rest.split_once(')').unwrap_or(("", rest));
    let before = match before.rsplit_once('[') {
        Some((before, words)) => format!("{before}{words}"),
        None => before.to_owned(),
    };
    before + &without_links(after)
}

fn paragraphs(out: &mut String, text: &str) {
    for paragraph in text.split("\n\n") {
        if !paragraph.starts_with('|') {
            let _ = writeln!(out, "<p>{}</p>", inline(paragraph));
        }
    }
}

fn group(out: &mut String, requests: &Value, tag: &Value) {
    let name = text(tag, "name");
    let _ = write!(
        out,
        "<h2 id=\"{name}\">{name}</h2>\n<p>{}</p>\n",
        escaped(text(tag, "description"))
    );
    for (path, item) in object(&requests["paths"]) {
        for (method, operation) in object(item) {
            if operation["tags"][0] == name {
                request(out, method, path, operation);
            }
        }
    }
}

fn request(out: &mut String, method: &str, path: &str, operation: &Value) {
    let _ = write!(
        out,
        "<details id=\"{}\">\n<summary><b class=\"{method}\">{}</b> <code>{}</code> <span>{}</span></summary>\n",
        text(operation, "operationId"),
        method.to_uppercase(),
        escaped(path),
        inline(text(operation, "summary"))
    );
    paragraphs(out, text(operation, "description"));
    out.push_str("<dl>\n");
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let _ = writeln!(
            out,
            "<dt>{} (in the {})</dt><dd>{}</dd>",
            escaped(text(parameter, "name")),
            text(parameter, "in"),
            shape(&parameter["schema"])
        );
    }
    for (name, content) in [
        ("body", &operation["requestBody"]["content"]),
        ("answer", &operation["responses"]["200"]["content"]),
    ] {
        for (kind, content) in content.as_object().into_iter().flatten() {
            let shape = match content.get("schema") {
                Some(schema) => shape(schema),
                None => "octets".to_owned(),
            };
            let _ = writeln!(
                out,
                "<dt>{name} <small>{}</small></dt><dd>{shape}</dd>",
                escaped(kind)
            );
        }
    }
    out.push_str("</dl>\n</details>\n");
}

fn event(out: &mut String, events: &Value, name: &str, message: &Value) {
    let from = |kind: &str| events["operations"].get(format!("{kind}_{name}")).is_some();
    let from = match (from("send"), from("tell")) {
        (true, true) => "both",
        (true, false) => "client",
        _ => "server",
    };
    let _ = write!(
        out,
        "<details id=\"event-{name}\">\n<summary><b class=\"event\">{from}</b> <code>{name}</code> <span>{}</span></summary>\n",
        inline(text(message, "summary"))
    );
    paragraphs(out, text(message, "description"));
    let _ = write!(
        out,
        "<dl>\n<dt>payload</dt><dd>{}</dd>\n",
        shape(&message["payload"])
    );
    let answer = &events["components"]["messages"][format!("{name}_acknowledged")];
    if let Some(payload) = answer.get("payload") {
        let _ = writeln!(out, "<dt>acknowledgement</dt><dd>{}</dd>", shape(payload));
    }
    out.push_str("</dl>\n</details>\n");
}

/// A schema in a line.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|to| to.strip_prefix(PLACE))
    {
        return format!("<a href=\"#type-{name}\">{name}</a>");
    }
    for several in ["anyOf", "oneOf"] {
        if let Some(several) = schema[several].as_array() {
            let several: Vec<_> = several.iter().map(shape).collect();
            return several.join(" or ");
        }
    }
    if let Some(value) = schema.get("const") {
        return format!("<code>{}</code>", escaped(&value.to_string()));
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        return format!("<code>{}</code>", escaped(&values.join(" | ")));
    }
    match (&schema["type"], schema.get("items")) {
        (_, Some(items)) => format!("list of {}", shape(items)),
        (Value::String(kind), None) => escaped(kind),
        (Value::Array(kinds), None) => {
            let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
            escaped(&kinds.join(" or "))
        }
        _ => "anything".to_owned(),
    }
}

fn type_of(out: &mut String, name: &str, schema: &Value) {
    let _ = write!(
        out,
        "<details id=\"type-{name}\">\n<summary><code>{name}</code></summary>\n"
    );
    paragraphs(out, text(schema, "description"));
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    match schema["properties"].as_object() {
        Some(properties) => {
            out.push_str("<dl>\n");
            for (field, of) in properties {
                let optional = if required.iter().any(|it| it == field) {
                    ""
                } else {
                    ", optional"
                };
                let _ = writeln!(
                    out,
                    "<dt>{}</dt><dd>{}{optional}<br>{}</dd>",
                    escaped(field),
                    shape(of),
                    inline(text(of, "description"))
                );
            }
            out.push_str("</dl>\n");
        }
        None => {
            let _ = writeln!(out, "<p>{}</p>", shape(schema));
        }
    }
    if let Some(example) = schema["examples"].get(0) {
        let example = serde_json::to_string_pretty(example).unwrap();
        let _ = writeln!(out, "<pre>{}</pre>", escaped(&example));
    }
    out.push_str("</details>\n");
}
