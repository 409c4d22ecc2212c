//! A visitor: a browser with its cookies, and the requests it makes.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use app::page::PageState;
use chat::{ClientId, Entry, Error, RoomId};
use parking_lot::Mutex;
use reqwest::header::{ACCEPT, CONTENT_TYPE, COOKIE, HeaderMap, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

use crate::Socket;

/// A browser that talks to one server.
pub struct Visitor {
    pub address: SocketAddr,
    client: Client,
    cookies: Mutex<BTreeMap<String, String>>,
    /// The headers and bodies of all responses so far.
    received: Mutex<String>,
}

/// An HTTP response.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Visitor {
    pub fn new(address: SocketAddr) -> Self {
        Self::with(address, Client::builder())
    }

    /// A browser whose connections come from the address `from`.
    pub fn from_address(address: SocketAddr, from: IpAddr) -> Self {
        Self::with(address, Client::builder().local_address(from))
    }

    fn with(address: SocketAddr, client: ClientBuilder) -> Self {
        let client = client.redirect(Policy::none()).no_proxy().build().expect("a client");
        Self { address, client, cookies: Mutex::default(), received: Mutex::default() }
    }

    /// The same browser at another server.
    pub fn at(&self, address: SocketAddr) -> Self {
        let cookies = self.cookies.lock().clone();
        let received = self.received.lock().clone();
        Self { address, client: self.client.clone(), cookies: Mutex::new(cookies), received: Mutex::new(received) }
    }

    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.origin()))
    }

    /// The value of the `Cookie` header.
    pub fn cookie(&self) -> String {
        let cookies = self.cookies.lock();
        cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().insert(name.into(), value.into());
    }

    pub fn has_received(&self, text: &str) -> bool {
        self.received.lock().contains(text)
    }

    /// Sends the request with this browser's cookies, and stores the cookies of the response.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        self.try_send(request).await.expect("an answer")
    }

    /// The same, but returns an error if the server cannot be reached.
    pub async fn try_send(&self, request: RequestBuilder) -> Result<Answer, reqwest::Error> {
        let response = request.header(COOKIE, self.cookie()).send().await?;
        for line in response.headers().get_all(SET_COOKIE) {
            let line = line.to_str().expect("text");
            let pair = line.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            self.set_cookie(name, value);
            if line.contains("; Max-Age=0") {
                self.cookies.lock().remove(name);
            }
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = response.bytes().await?.to_vec();
        let mut received = self.received.lock();
        received.push_str(&format!("{headers:?}"));
        received.push_str(&String::from_utf8_lossy(&bytes));
        Ok(Answer { status, headers, bytes })
    }

    /// Requests HTML, as a browser that opens a page.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header(ACCEPT, "text/html,*/*;q=0.8")).await
    }

    /// Requests JSON, as a page's script does.
    pub async fn fetch(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path).header(ACCEPT, "application/json")).await
    }

    /// Calls a server function as the page's script does.
    pub async fn call(&self, function: &str, fields: &[(&str, &str)]) -> Answer {
        self.send(self.call_request(function, fields)).await
    }

    /// The request that [`Self::call`] sends.
    pub fn call_request(&self, function: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request = self.request(Method::POST, &format!("/api/{function}")).header(ORIGIN, self.origin());
        let form = "application/x-www-form-urlencoded";
        request.header(ACCEPT, "application/json").header(CONTENT_TYPE, form).body(body)
    }

    /// Submits a form as a browser without JavaScript does. `path` includes the query.
    pub async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = serde_urlencoded::to_string(fields).expect("a form");
        let request = self.request(Method::POST, path).header(ORIGIN, self.origin());
        let form = "application/x-www-form-urlencoded";
        self.send(request.header(ACCEPT, "text/html,*/*;q=0.8").header(CONTENT_TYPE, form).body(body)).await
    }

    // --- what people do in rooms

    pub async fn create_room(&self, title: &str, capacity: &str, password: &str) -> RoomId {
        let fields = [("title", title), ("capacity", capacity), ("password", password)];
        self.call("create_room", &fields).await.json()
    }

    pub async fn enter(&self, room: RoomId, password: &str) -> Answer {
        self.call("enter_room", &[("room", &room.to_string()), ("password", password)]).await
    }

    /// Sends a text message.
    pub async fn say(&self, room: RoomId, text: &str) -> Answer {
        let client = ClientId::generate().to_string();
        self.call("send_text", &[("room", &room.to_string()), ("client", &client), ("text", text)]).await
    }

    /// Sends a text message that must be accepted, and returns its entry.
    pub async fn say_ok(&self, room: RoomId, text: &str) -> Entry {
        self.say(room, text).await.json()
    }

    pub async fn socket(&self) -> Socket {
        Socket::open(self).await.expect("a socket")
    }
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    }

    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The value that a server function returned.
    pub fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, 200, "{}", self.text());
        serde_json::from_slice(&self.bytes).expect("the answer's type")
    }

    /// The status and the error of a server function that failed.
    pub fn error(&self) -> (u16, Error) {
        let error = serde_json::from_slice(&self.bytes);
        (self.status.as_u16(), error.unwrap_or_else(|_| panic!("no error: {} {}", self.status, self.text())))
    }

    /// The state that the page was rendered from, which is embedded in its HTML.
    pub fn page(&self) -> PageState {
        app::read_data(&self.text()).expect("a page")
    }
}
