//! `report`: one message in a file, for somebody who is not in the room; `verify-report`: what such a file proves.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use client::{
    engine::api::{
        Delivery, Failure, ItemBody, ItemKey, ReportKey, ReportView, TimelineItem, verify_report,
    },
    files::Sink as _,
    native::FileSink,
    transport::{Network, ServerUrl, Transport as _},
};
use protocol::{
    call::{Call, Reply},
    error::ErrorCode,
    ids::Seq,
};
use serde_json::{Value, json};

use crate::{
    args::{Global, ServerOf},
    describe::{self, Names},
    exit::Problem,
    find,
    output::{Output, clean_line},
    session::Session,
};

/// Far more than a report has.
const FILE_BYTES: u64 = 1024 * 1024;

pub(super) async fn make(
    global: &Global,
    output: Output,
    room: &str,
    seq: Seq,
    out: Option<&Path>,
) -> Result<(), Problem> {
    let session = Session::synced(global).await?;
    let room = find::room(&session, room).await?.room;
    let report = session.steadily(session.client.report(room, seq)).await??;
    let view = verify_report(&report, None)?;
    let own = || PathBuf::from(format!("report-{room}-{seq}.bin"));
    let path = out.map_or_else(own, Path::to_owned);
    let mut sink = FileSink::create(&path)?;
    sink.write(&report).await?;
    sink.keep()?;
    let shown = path.display().to_string();
    let text = format!("{}\n\n{}", clean_line(&shown), disclosure(&view));
    output.line(&text, || json!({ "path": shown, "room": room, "seq": seq }))?;
    session.finish().await
}

/// What whoever gets the file learns by it.
fn disclosure(view: &ReportView) -> String {
    let file = match view.body {
        ItemBody::File(_) => " It also opens the file that this message names.",
        _ => "",
    };
    format!(
        "Whoever has this file can read one message, what {} said at place {} of room {}, and see that it is genuine: the file holds this message and its own key, and nothing else. No other message of the room opens with it.{file}",
        clean_line(&view.name),
        view.seq,
        view.room
    )
}

pub(super) async fn verify(output: Output, file: &Path, server: ServerOf) -> Result<(), Problem> {
    let bytes = read(file)?;
    let key = match (server.server, server.report_key) {
        (Some(url), _) => Some(fetched(&url).await?),
        (None, key) => key.map(|key| key.0),
    };
    let view = verify_report(&bytes, key.as_ref())?;
    output.line(&words(&view), || object(&view))
}

fn read(path: &Path) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_BYTES).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Problem::new(
            ErrorCode::FileFailed,
            format!("{} can't be read: {error}.", path.display()),
        )),
    }
}

/// The key that a server shows to everybody.
async fn fetched(url: &str) -> Result<ReportKey, Problem> {
    let url = ServerUrl::parse(url).map_err(|error| Problem::usage(error.to_string()))?;
    let network = Network::new(url).map_err(|_| Problem::of(ErrorCode::ServerGone))?;
    let key = match network.call(Call::ServerInfo, None).await {
        Ok(Reply::ServerInfo(info)) => info.report_key,
        Ok(_) => None,
        Err(error) => return Err(Failure::from(error.code()).into()),
    };
    let key = key.and_then(|key| ReportKey::parse(key.as_slice()));
    key.ok_or_else(|| Problem::of(ErrorCode::BadAnswer))
}

fn words(view: &ReportView) -> String {
    let ReportView {
        account,
        device,
        room,
        seq,
        logged,
        ..
    } = view;
    let name = clean_line(&view.name);
    let line = describe::item_line(&item(view), &Names::default());
    let log = if view.server_known {
        format!(
            "Place in the room and time: place {seq}, taken by the server at {logged}. The server's key is the one that you named."
        )
    } else {
        format!(
            "Place in the room and time were NOT verified. The report says place {seq}, at {logged}, under the key {}. Anybody can make such a key: compare it with your server's, by --server or --report-key.",
            hex(view.server.as_bytes())
        )
    };
    format!(
        "This report holds. In room {room} was said (time by the author's clock):\n\n{line}\n\n{log}\n\nAuthor: account {account}, device {device}. That this account said it is proved; that it calls itself {name} is its own word, and who the person is you have to know.\nWhat was said before and after it is not in the report, nor that {name} was still in the room: for that the server's word stands."
    )
}

fn item(view: &ReportView) -> TimelineItem {
    TimelineItem {
        key: ItemKey::Logged(view.seq),
        sender: Some(view.account),
        sender_name: Some(view.name.clone()),
        device: Some(view.device),
        time: view.sent,
        body: view.body.clone(),
        delivery: Delivery::Sent,
    }
}

fn object(view: &ReportView) -> Value {
    let mut object = describe::item(view.room, &item(view), &Names::default());
    for (key, value) in [
        ("holds", json!(true)),
        ("logged", json!(view.logged)),
        ("report_key", json!(hex(view.server.as_bytes()))),
        ("server_verified", json!(view.server_known)),
    ] {
        describe::put(&mut object, key, value);
    }
    object
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
