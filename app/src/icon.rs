//! The icons, drawn in the colour of the text.

/// The inside of an icon's SVG, on a grid of 24 by 24.
#[derive(Debug, Clone, Copy)]
pub struct Icon(&'static str);

pub const BACK: Icon = Icon(r#"<path d="M19 12H5m6-6-6 6 6 6"/>"#);
pub const PLUS: Icon = Icon(r#"<path d="M12 5v14M5 12h14"/>"#);
pub const LINK: Icon = Icon(
    r#"<path d="M10 14a4 4 0 0 0 5.7 0l3.1-3.1a4 4 0 0 0-5.7-5.7L12 6.3"/><path d="M14 10a4 4 0 0 0-5.7 0l-3.1 3.1a4 4 0 0 0 5.7 5.7l1.1-1.1"/>"#,
);
pub const COPY: Icon = Icon(
    r#"<rect x="9" y="9" width="11" height="11" rx="2.5"/><path d="M5 15a1.5 1.5 0 0 1-1-1.4V6a2 2 0 0 1 2-2h7.6A1.5 1.5 0 0 1 15 5"/>"#,
);
pub const CHECK: Icon = Icon(r#"<path d="m5 13 4.5 4.5L19 7.5"/>"#);
pub const PEOPLE: Icon = Icon(
    r#"<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4M18 14.4a6.5 6.5 0 0 1 3.5 5.6"/>"#,
);
pub const LEAVE: Icon = Icon(r#"<path d="M14 4h4a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2h-4M10 8l-4 4 4 4M6 12h9"/>"#);
/// This icon and the next can be shown crossed out.
pub const HIDE: Icon = Icon(
    r#"<path d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z"/><circle cx="12" cy="12" r="3"/><path class="slash" d="M4 4l16 16"/>"#,
);
pub const BELL: Icon = Icon(
    r#"<path d="M18 10a6 6 0 0 0-12 0c0 5-2 6-2 7h16c0-1-2-2-2-7M10 20.5a2.3 2.3 0 0 0 4 0"/><path class="slash" d="M4 4l16 16"/>"#,
);
pub const SETTINGS: Icon = Icon(
    r#"<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.5" cy="7" r="2.5"/><circle cx="8.5" cy="17" r="2.5"/>"#,
);
pub const DOWN: Icon = Icon(r#"<path d="M12 5v14m-6-6 6 6 6-6"/>"#);
/// The mark of a room's owner. It is drawn, because no name can hold a drawing.
pub const CROWN: Icon = Icon(r#"<path class="solid" d="M4 18.5 3 7.5l5 4 4-6.5 4 6.5 5-4-1 11z"/>"#);
pub const CLOSE: Icon = Icon(r#"<path d="M6 6l12 12M18 6 6 18"/>"#);
pub const SEARCH: Icon = Icon(r#"<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>"#);
pub const LOCK: Icon =
    Icon(r#"<rect x="5" y="11" width="14" height="9" rx="2.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>"#);
pub const PLAY: Icon = Icon(r#"<path class="solid" d="M8.5 5.8v12.4L18.5 12z"/>"#);
pub const PAUSE: Icon = Icon(r#"<path class="solid" d="M7.5 6h3.2v12H7.5zM13.3 6h3.2v12h-3.2z"/>"#);

pub const STAR: Icon = Icon(r#"<path d="m12 3.8 2.5 5.2 5.7.8-4.1 4 1 5.7-5.1-2.7-5.1 2.7 1-5.7-4.1-4 5.7-.8z"/>"#);
pub const PEN: Icon = Icon(r#"<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5"/>"#);
pub const BIN: Icon = Icon(r#"<path d="M4.5 7h15M9.5 7V4.5h5V7M6.5 7l1 13h9l1-13M10.5 11v5M13.5 11v5"/>"#);

impl Icon {
    /// The icon as HTML.
    pub fn svg(self) -> String {
        format!(r#"<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{}</svg>"#, self.0)
    }
}
