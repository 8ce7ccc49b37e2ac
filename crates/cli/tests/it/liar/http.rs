//! Requests and answers as bytes: read to their end, changed where a rule says so.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpStream},
};

/// The head of a request or an answer, up to the empty line and with it.
pub(super) fn head_of(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// What a head says under a name.
pub(super) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// What follows the head.
pub(super) fn body_of(stream: &mut TcpStream, head: &str) -> Option<Vec<u8>> {
    let length = header(head, "content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(body)
}

/// The head of a request that ends its connection, and asks for an answer that can be read.
pub(super) fn alone(head: &str, length: usize) -> String {
    let is_kept = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        let changed = ["connection", "accept-encoding", "content-length"];
        !changed.contains(&name.to_ascii_lowercase().as_str())
    };
    let lines: Vec<&str> = head.trim_end().lines().filter(is_kept).collect();
    format!(
        "{}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        lines.join("\r\n")
    )
}

/// An answer with a JSON body.
pub(crate) fn response(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} Whatever\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}

/// An answer with another text in place of its own, if it has one; nothing if there is to be no answer at all.
pub(super) fn retell(
    answer: &[u8],
    tell: impl FnOnce(u16, &str) -> Option<String>,
) -> Option<Vec<u8>> {
    let as_it_is = || Some(answer.to_vec());
    let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return as_it_is();
    };
    let (head, body) = answer.split_at(end + 4);
    let (Ok(head), Ok(body)) = (std::str::from_utf8(head), std::str::from_utf8(body)) else {
        return as_it_is();
    };
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let is_json = header(head, "content-type").is_some_and(|kind| kind.contains("json"));
    let (Some(status), true) = (status, is_json) else {
        return as_it_is();
    };
    let told = tell(status, body)?;
    let is_length = |line: &&str| !line.to_ascii_lowercase().starts_with("content-length:");
    let lines: Vec<&str> = head.trim_end().lines().filter(is_length).collect();
    let length = told.len();
    let head = lines.join("\r\n");
    Some(format!("{head}\r\nContent-Length: {length}\r\n\r\n{told}").into_bytes())
}

/// Says the last words of a connection. Whoever closes on unread bytes resets it.
pub(super) fn farewell(mut client: TcpStream, bytes: &[u8]) {
    // Whoever has heard enough closes.
    let _ = client.write_all(bytes);
    let _ = client.shutdown(Shutdown::Write);
    let _ = client.read(&mut [0]);
}
