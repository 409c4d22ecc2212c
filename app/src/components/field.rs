//! A form field with its label, its hint and its own error.

use leptos::prelude::*;

#[component]
pub fn Field<C: IntoView + 'static>(
    /// The id of the input. The id of its error is derived from it.
    id: &'static str,
    #[prop(into)] label: String,
    #[prop(into)] error: Signal<Option<String>>,
    #[prop(optional_no_strip, into)] hint: Option<&'static str>,
    children: TypedChildren<C>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {children.into_inner()()}
            <p class="error" id=format!("{id}-error") hidden=move || error.with(Option::is_none)>
                {move || error.get().unwrap_or_default()}
            </p>
            {hint.map(|hint| view! { <p class="soft small" id=format!("{id}-hint")>{hint}</p> })}
        </div>
    }
}
