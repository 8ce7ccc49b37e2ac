//! The transport over a real network.

use std::{cell::RefCell, future::Future, rc::Rc};

use engine::api::CallError;
use futures_util::future::Either;
use protocol::call::{Call, Reply};

use super::{
    ConnectError, Pushes, Transport,
    endpoint::ServerUrl,
    http,
    plan::{self, Plan, Road},
    socketio::{self, Link},
};
use crate::platform::HttpClient;

/// HTTP and one Socket.IO connection to one server.
pub struct Network {
    http: HttpClient,
    url: ServerUrl,
    link: Rc<RefCell<Option<Link>>>,
}

impl Network {
    /// A transport to the server at this address. Connects to nothing yet.
    ///
    /// # Errors
    /// The system's network library does not start.
    pub fn new(url: ServerUrl) -> Result<Self, ConnectError> {
        Ok(Self {
            http: HttpClient::new(&url)?,
            url,
            link: Rc::default(),
        })
    }
}

impl Transport for Network {
    fn call(
        &self,
        call: Call,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Reply, CallError>> + 'static {
        let Ok(Plan { road, read }) = Plan::of(&call) else {
            return Either::Left(std::future::ready(Err(CallError::Malformed)));
        };
        let token = token.map(str::to_owned);
        let future: futures_util::future::LocalBoxFuture<'static, _> = match road {
            Road::Http(request) => Box::pin(http::send(
                self.http.clone(),
                self.url.clone(),
                request,
                token,
                read,
            )),
            Road::Event(event) => {
                let answer = self.link.borrow().as_ref().map(|link| link.emit(event));
                Box::pin(async move {
                    let text = match answer {
                        Some(answer) => answer.await?,
                        None => return Err(CallError::Gone),
                    };
                    plan::read(&text, read)
                })
            }
        };
        Either::Right(future)
    }

    fn connect(&self, token: &str) -> impl Future<Output = Result<Pushes, ConnectError>> + 'static {
        // The old link ends when its sender is dropped.
        self.link.borrow_mut().take();
        let (slot, url, token) = (self.link.clone(), self.url.clone(), token.to_owned());
        async move {
            let (link, pushes) = socketio::open(&url, &token).await?;
            slot.borrow_mut().replace(link);
            Ok(pushes)
        }
    }
}
