//! The browser's WebSocket.

use std::{cell::RefCell, rc::Rc};

use tokio::sync::mpsc;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, MessageEvent, WebSocket};

use crate::transport::{FRAME_BYTES, ServerUrl};

/// Frames that wait to be read. A browser cannot be told to stop reading, so more than this ends the connection.
const FRAMES_WAITING: usize = 4_096;

/// The WebSocket is closed, broken, or speaks something other than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WireGone;

/// What the browser's callbacks report.
enum Report {
    Open,
    Text(String),
}

/// The one sender of reports. Taking it out tells the reader that the socket is gone.
type Reports = Rc<RefCell<Option<mpsc::Sender<Report>>>>;

/// The callbacks, which the browser calls as long as the socket lives.
struct Callbacks {
    _open: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(Event)>,
}

/// The writing half; closes the socket when dropped.
pub(crate) struct WireSender {
    socket: WebSocket,
    _callbacks: Callbacks,
}

/// The reading half.
pub(crate) struct WireReceiver(mpsc::Receiver<Report>);

pub(crate) async fn open_wire(url: &ServerUrl) -> Result<(WireSender, WireReceiver), WireGone> {
    let socket = WebSocket::new(&url.socket()).map_err(|_| WireGone)?;
    let (sender, mut receiver) = mpsc::channel(FRAMES_WAITING);
    let reports: Reports = Rc::new(RefCell::new(Some(sender)));
    let sender = WireSender {
        _callbacks: listen(&socket, &reports),
        socket,
    };
    match receiver.recv().await {
        Some(Report::Open) => Ok((sender, WireReceiver(receiver))),
        _ => Err(WireGone),
    }
}

fn listen(socket: &WebSocket, reports: &Reports) -> Callbacks {
    let opened = reports.clone();
    let open = Closure::new(move |_: Event| report(&opened, Some(Report::Open)));
    let received = reports.clone();
    let message = Closure::new(move |event: MessageEvent| {
        let text = event.data().as_string();
        let text = text.filter(|text| text.len() <= FRAME_BYTES);
        report(&received, text.map(Report::Text));
    });
    let closed = reports.clone();
    let close = Closure::new(move |_: Event| report(&closed, None));
    socket.set_onopen(Some(open.as_ref().unchecked_ref()));
    socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
    socket.set_onclose(Some(close.as_ref().unchecked_ref()));
    Callbacks {
        _open: open,
        _message: message,
        _close: close,
    }
}

/// Passes a report on; nothing to pass, or no room for it, ends the connection.
fn report(reports: &Reports, what: Option<Report>) {
    let mut reports = reports.borrow_mut();
    let passed = match (reports.as_ref(), what) {
        (Some(reports), Some(what)) => reports.try_send(what).is_ok(),
        _ => false,
    };
    if !passed {
        reports.take();
    }
}

impl WireSender {
    pub(crate) async fn send(&mut self, text: String) -> Result<(), WireGone> {
        self.socket.send_with_str(&text).map_err(|_| WireGone)
    }

    pub(crate) async fn close(&mut self) {
        // Closing what is closed already changes nothing.
        let _ = self.socket.close();
    }
}

impl Drop for WireSender {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

impl WireReceiver {
    /// The next text.
    pub(crate) async fn receive(&mut self) -> Result<String, WireGone> {
        loop {
            match self.0.recv().await {
                Some(Report::Text(text)) => return Ok(text),
                Some(Report::Open) => {}
                None => return Err(WireGone),
            }
        }
    }
}
