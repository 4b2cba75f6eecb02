//! The tree sink that only adds up what a tree would cost.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use html5ever::interface::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::StrTendril;
use html5ever::{Attribute, ExpandedName, QualName, local_name, ns};

/// Most elements in the tree, those counted in that the parser itself adds.
const MAX_ELEMENTS: usize = 200_000;
/// Deepest nesting. Chromium itself stops at 512.
const MAX_DEPTH: u32 = 400;
/// Most steps of work: attribute bytes stored, siblings and attributes compared. About a second at the very worst.
const MAX_WORK: usize = 200_000_000;
/// A node of which only place and size are kept.
pub(super) struct Node {
    name: QualName,
    depth: Cell<u32>,
    children: Cell<usize>,
    /// The text since the last element in it, and the text put in before another node.
    text: Text,
    text_before: Text,
    parent: RefCell<Option<Rc<Node>>>,
    integration_point: bool,
    template: Option<Rc<Node>>,
}

impl Node {
    fn new(name: QualName, flags: &ElementFlags, template: Option<Rc<Node>>) -> Rc<Node> {
        Rc::new(Node {
            name,
            depth: Cell::new(0),
            children: Cell::new(0),
            text: Text::default(),
            text_before: Text::default(),
            parent: RefCell::new(None),
            integration_point: flags.mathml_annotation_xml_integration_point,
            template,
        })
    }

    fn unnamed() -> Rc<Node> {
        Node::new(QualName::new(None, ns!(), local_name!("")), &ElementFlags::default(), None)
    }
}

/// The size of a text node, and of the work to write it: for each character to be escaped, the serialiser searches what
/// follows to its end.
#[derive(Default)]
struct Text {
    length: Cell<usize>,
    escapes: Cell<usize>,
}

impl Text {
    /// Lengthens the text; returns how much work that is, now and when it is written.
    fn add(&self, text: &str) -> usize {
        let before = self.cost();
        self.length.set(self.length.get().saturating_add(text.len()));
        self.escapes.set(self.escapes.get().saturating_add(escapes(text)));
        self.cost().saturating_sub(before).saturating_add(40)
    }

    fn cost(&self) -> usize {
        // Some 40 bytes are searched in a nanosecond, and a step of work is about five.
        self.length.get().saturating_mul(self.escapes.get()) / 200
    }

    fn end(&self) {
        self.length.set(0);
        self.escapes.set(0);
    }
}

/// How many characters of `text` the serialiser stops at.
fn escapes(text: &str) -> usize {
    memchr::memchr2_iter(b'&', 0xC2, text.as_bytes()).count()
}

/// The tree sink that only adds up.
pub(super) struct Scales {
    document: Rc<Node>,
    elements: Cell<usize>,
    depth: Cell<u32>,
    work: Cell<usize>,
}

impl Default for Scales {
    fn default() -> Self {
        Scales { document: Node::unnamed(), elements: Cell::new(0), depth: Cell::new(0), work: Cell::new(0) }
    }
}

impl Scales {
    pub(super) fn work(&self, steps: usize) {
        self.work.set(self.work.get().saturating_add(steps));
    }

    pub(super) fn exceeded(&self) -> bool {
        self.elements.get() > MAX_ELEMENTS || self.depth.get() > MAX_DEPTH || self.work.get() > MAX_WORK
    }

    fn put(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        parent.children.set(parent.children.get().saturating_add(1));
        if let NodeOrText::AppendNode(node) = child {
            parent.text.end();
            node.depth.set(parent.depth.get().saturating_add(1));
            self.depth.set(self.depth.get().max(node.depth.get()));
            // For most elements the open ones are looked through.
            self.work(4_usize.saturating_mul(node.depth.get() as usize));
            *node.parent.borrow_mut() = Some(Rc::clone(parent));
        }
    }
}

impl TreeSink for Scales {
    type Handle = Rc<Node>;
    type Output = ();
    type ElemName<'a> = ExpandedName<'a>;

    fn finish(self) {}

    fn parse_error(&self, _: Cow<'static, str>) {
        // ammonia keeps every message.
        self.work(16);
    }

    fn get_document(&self) -> Rc<Node> {
        Rc::clone(&self.document)
    }

    fn elem_name<'a>(&'a self, target: &'a Rc<Node>) -> ExpandedName<'a> {
        target.name.expanded()
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> Rc<Node> {
        self.elements.set(self.elements.get().saturating_add(1));
        let cost = |value: &str| 16 + value.len() + value.len().saturating_mul(escapes(value)) / 200;
        self.work(attrs.iter().map(|attribute| cost(&attribute.value)).sum());
        let template = flags.template.then(Node::unnamed);
        Node::new(name, &flags, template)
    }

    fn create_comment(&self, _: StrTendril) -> Rc<Node> {
        Node::unnamed()
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> Rc<Node> {
        Node::unnamed()
    }

    fn append(&self, parent: &Rc<Node>, child: NodeOrText<Rc<Node>>) {
        if let NodeOrText::AppendText(text) = &child {
            self.work(parent.text.add(text));
        }
        self.put(parent, child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &Rc<Node>,
        previous: &Rc<Node>,
        child: NodeOrText<Rc<Node>>,
    ) {
        if element.parent.borrow().is_some() {
            self.append_before_sibling(element, child);
        } else {
            self.append(previous, child);
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &Rc<Node>) -> Rc<Node> {
        target.template.as_ref().map_or_else(Node::unnamed, Rc::clone)
    }

    fn same_node(&self, x: &Rc<Node>, y: &Rc<Node>) -> bool {
        Rc::ptr_eq(x, y)
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &Rc<Node>, new: NodeOrText<Rc<Node>>) {
        if let NodeOrText::AppendNode(node) = &new {
            self.remove_from_parent(node);
        }
        let parent = sibling.parent.borrow().clone();
        if let Some(parent) = parent {
            // The place is searched for among the siblings.
            self.work(parent.children.get());
            if let NodeOrText::AppendText(text) = &new {
                self.work(parent.text_before.add(text));
            }
            self.put(&parent, new);
        }
    }

    fn add_attrs_if_missing(&self, _: &Rc<Node>, attrs: Vec<Attribute>) {
        self.work(attrs.len());
    }

    fn remove_from_parent(&self, target: &Rc<Node>) {
        if let Some(parent) = target.parent.borrow_mut().take() {
            self.work(parent.children.get());
            parent.children.set(parent.children.get().saturating_sub(1));
        }
    }

    fn reparent_children(&self, node: &Rc<Node>, new_parent: &Rc<Node>) {
        // Where the children are is not known here, only how many they are: their depth is counted one too small.
        let moved = node.children.replace(0);
        self.work(moved);
        new_parent.children.set(new_parent.children.get().saturating_add(moved));
    }

    fn is_mathml_annotation_xml_integration_point(&self, target: &Rc<Node>) -> bool {
        target.integration_point
    }
}
