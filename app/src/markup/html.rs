//! Elements as HTML, for the server.

use super::{Child, Content, Markup, Value};

/// Elements without an end tag: the void elements that pages use.
const VOID: [&str; 4] = ["br", "img", "input", "source"];

impl Markup {
    pub(super) fn write(self, html: &mut String) {
        #[cfg(feature = "ssr")]
        if let Content::Kept(kept) = &self.0.content {
            return html.push_str(kept);
        }
        let element = *self.0;
        html.push('<');
        html.push_str(element.tag);
        // The conditional classes that are on now are written into the `class` attribute.
        let holds =
            |(name, value): &(&'static str, Value)| matches!(value, Value::Class(is_so) if is_so()).then_some(*name);
        let classes: Vec<_> = element.attributes.iter().filter_map(holds).collect();
        let has_fixed =
            element.attributes.iter().any(|(name, value)| *name == "class" && matches!(value, Value::Fixed(_)));
        for (name, value) in element.attributes {
            match value {
                Value::Fixed(fixed) if name == "class" => write_classes(html, &fixed, &classes),
                Value::Fixed(value) => write_attribute(html, name, &value),
                Value::Live(value) => value().iter().for_each(|value| write_attribute(html, name, value)),
                Value::Flag(is_so) if is_so() => write_attribute(html, name, ""),
                Value::Flag(_) | Value::Class(_) => {}
            }
        }
        if !has_fixed {
            write_classes(html, "", &classes);
        }
        html.push('>');
        match element.content {
            Content::Fixed(children) => children.into_iter().for_each(|child| child.write(html)),
            #[cfg(feature = "ssr")]
            Content::Kept(_) => {}
            Content::LiveText(text) => escape(html, &text()),
            Content::Live(children) => children().into_iter().for_each(|child| child.write(html)),
            Content::View(view) => view.write(html),
        }
        if !VOID.contains(&element.tag) {
            html.push_str("</");
            html.push_str(element.tag);
            html.push('>');
        }
    }
}

impl Child {
    fn write(self, html: &mut String) {
        match self {
            Self::Element(markup) => markup.write(html),
            Self::Text(text) => escape(html, &text),
            Self::Icon(icon) => html.push_str(&icon.svg()),
        }
    }
}

fn write_classes(html: &mut String, fixed: &str, more: &[&str]) {
    let all = std::iter::once(fixed).chain(more.iter().copied()).filter(|class| !class.is_empty());
    let all = all.collect::<Vec<_>>().join(" ");
    if !all.is_empty() {
        write_attribute(html, "class", &all);
    }
}

fn write_attribute(html: &mut String, name: &str, value: &str) {
    html.push(' ');
    html.push_str(name);
    if value.is_empty() {
        return;
    }
    html.push_str("=\"");
    escape(html, value);
    html.push('"');
}

fn escape(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::RenderHtml;

    use super::super::{element, sentence};
    use crate::html::isolated;

    #[test]
    fn nothing_that_people_write_becomes_a_tag_or_leaves_its_quotes() {
        let wrote = r#"<b title="x">&amp;"#;
        let link = element("a").set("title", wrote).live("href", || Some(wrote.to_owned())).child(wrote);
        let safe = "&lt;b title=&quot;x&quot;&gt;&amp;amp;";
        assert_eq!(link.to_html(), format!(r#"<a title="{safe}" href="{safe}">{safe}</a>"#));
        let text = element("p").live_text(|| wrote.to_owned()).to_html();
        assert_eq!(text, format!("<p>{safe}</p>"));
    }

    #[test]
    fn what_people_wrote_stands_in_an_element_of_its_own() {
        let told = format!("{} has left.", isolated("<שרה> 2"));
        let told = element("p").children(sentence(&told)).to_html();
        assert_eq!(told, "<p><bdi>&lt;שרה&gt; 2</bdi> has left.</p>");
    }

    #[test]
    fn classes_and_attributes_are_there_while_they_hold() {
        let item = element("li")
            .class("card")
            .class_while("new", || true)
            .class_while("full", || false)
            .hidden_while(|| false)
            .live("title", || None)
            .live_children(|| vec!["a".into(), element("b").child("c").into()]);
        assert_eq!(item.to_html(), r#"<li class="card new">a<b>c</b></li>"#);
        let image = element("img").set("alt", "").hidden_while(|| true).class_while("new", || true);
        assert_eq!(image.to_html(), r#"<img alt hidden class="new">"#);
    }
}
