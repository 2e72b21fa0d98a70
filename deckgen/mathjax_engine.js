/* Runs after mathjax_host.js, MathJax's tex-chtml-full.js and adaptors/liteDOM.js, and defines
   `deckgen`, whose functions each take a JSON list of arguments and return the JSON of
   {"answers": [one for each]}, or of {"failure": message} where the engine ran out of something
   and is to be started anew.

   A formula is `[tex, display]`; a fault is `[code, message, offset]`, with MathJax's own code and
   message and the offset counted in characters (code points), -1 where unknown. */

globalThis.deckgen = (() => {
  const library = MathJax._;
  const { TeX } = library.input.tex_ts;
  const { Configuration } = library.input.tex.Configuration;
  const TexParser = library.input.tex.TexParser.default;
  const { HTMLDomStrings } = library.handlers.html.HTMLDomStrings;
  const { STATE } = library.core.MathItem;
  const adaptor = library.adaptors.liteAdaptor.liteAdaptor();
  library.handlers.html_ts.RegisterHTMLHandler(adaptor);

  // Places -------------------------------------------------------------------------------------
  // MathJax's errors carry no position. It parses each argument with a parser of its own and
  // replaces a macro by rewriting the parser's string. So every parser notes its first string
  // (`original`), the arguments it cut out (`cuts`) and the token that it is working on (`token`),
  // and a parser for an argument notes which cut it came from (`source`). All indices here are
  // JavaScript's UTF-16 indices; `fault` converts the result.

  const KEPT_CUTS = 9; // a command takes at most nine arguments before it parses the first of them

  function noteCuts(name) {
    const take = TexParser.prototype[name];
    TexParser.prototype[name] = function (...parameters) {
      const text = take.apply(this, parameters);
      if (text) {
        const start = this.string.lastIndexOf(text, this.i - text.length);
        this.cuts.push({ text, string: this.string, start, searched: 0, parsed: false });
        if (this.cuts.length > KEPT_CUTS) this.cuts.shift();
      }
      return text;
    };
  }
  ["GetArgument", "GetBrackets", "GetUpTo"].forEach(noteCuts);

  const parseAll = TexParser.prototype.Parse;
  TexParser.prototype.Parse = function () {
    if (this.original === undefined) { // an environment's end parses its definition once more
      this.original = this.string;
      this.cuts = [];
      this.token = { string: this.string, start: 0 };
      const parent = this.configuration.parsers[1];
      this.source = parent && sourceOf(this.string, parent);
    }
    parseAll.call(this);
  };

  const parseToken = TexParser.prototype.parse;
  TexParser.prototype.parse = function (kind, input) {
    if (kind === "character") {
      this.token = { string: this.string, start: this.i - input[1].length };
    }
    return parseToken.call(this, kind, input);
  };

  // `shift` leads from an index in `text` to one in the cut; without it only the place is known.
  function sourceOf(text, parent) {
    const cuts = [...parent.cuts].reverse();
    const whole = cuts.find((cut) => cut.text === text && !cut.parsed);
    if (whole) {
      whole.parsed = true; // so that the x of \sqrt[x]{x} are told apart
      return { parent, ...whole, shift: 0 };
    }
    for (const cut of cuts) {
      const within = text ? cut.text.indexOf(text, cut.searched) : -1; // $...$ inside \text
      if (within >= 0) {
        cut.searched = within + text.length;
        return { parent, ...cut, shift: within };
      }
      const around = text.indexOf(cut.text); // \cfrac parses \strut\textstyle{argument}
      if (around >= 0) return { parent, ...cut, shift: -around };
    }
    return { parent, ...parent.token };
  }

  // The n-th `piece` from the end of the text, or the first one if there are fewer.
  function nthFromEnd(text, piece, n) {
    let at = text.lastIndexOf(piece);
    for (; n > 1 && at > 0; n--) {
      const before = text.lastIndexOf(piece, at - 1);
      if (before < 0) break;
      at = before;
    }
    return at;
  }

  // The index in `original` that `index` in `string`, a later rewriting of it, stands for.
  function indexInOriginal(original, string, index) {
    const unread = string.slice(index);
    if (original.endsWith(unread)) return original.length - unread.length;
    const token = /^\\(?:[a-z]+|[^])|^[^]/i.exec(unread)[0];
    const written = nthFromEnd(original, token, unread.split(token).length - 1);
    if (written >= 0) return written;
    let same = 0; // the token is MathJax's own: the place after the macro that brought it
    while (same < original.length && original.at(-1 - same) === unread.at(-1 - same)) same++;
    return original.length - same;
  }

  function indexInFormula({ original, source }, string, index) {
    const inOriginal = indexInOriginal(original, string, index);
    if (!source) return inOriginal;
    const start = indexInFormula(source.parent, source.string, source.start);
    return source.shift === undefined ? start : Math.max(0, start + source.shift + inOriginal);
  }

  // For these errors the parser stands at the end of the text: what was left open is of more use.
  const BRACE = /\\[^]|(?<open>\{)|(?<close>\})/g;
  const OPENERS = {
    MissingCloseBrace: BRACE,
    ExtraOpenMissingClose: BRACE,
    ExtraLeftMissingRight: /(?<open>\\left(?![a-z]))|(?<close>\\right(?![a-z]))|\\[^]/gi,
    EnvMissingEnd: /(?<open>\\begin(?![a-z]))|(?<close>\\end(?![a-z]))|\\[^]/gi,
  };

  function unmatched(pattern, text) {
    const open = [];
    for (const { index, groups } of text.matchAll(pattern)) {
      if (groups.open) open.push(index);
      else if (groups.close) open.pop();
    }
    return open.pop();
  }

  function errorIndex(code, parser) {
    if (!parser) return -1;
    const opener = OPENERS[code] && unmatched(OPENERS[code], parser.original);
    if (opener !== undefined) return indexInFormula(parser, parser.original, opener);
    return indexInFormula(parser, parser.token.string, parser.token.start);
  }

  // Faults -------------------------------------------------------------------------------------
  let faults = [];

  function fault(code, message, tex, index) {
    const offset = index < 0 ? -1 : [...tex.slice(0, index)].length;
    faults.push([code, message, offset]);
  }

  // In place of `noundefined`: notes the macro and goes on, so that one pass finds all of them.
  Configuration.create("deckgen", {
    fallback: {
      macro(parser, name) {
        const tex = parser.configuration.parsers.at(-1).original;
        const index = indexInFormula(parser, parser.token.string, parser.token.start);
        const written = tex.lastIndexOf(`\\${name}`, index); // \ce rewrites beyond recognition
        fault("UndefinedControlSequence", `Undefined control sequence \\${name}`,
              tex, written < 0 ? index : written);
        parser.Push(parser.create("token", "mtext", {}, `\\${name}`));
      },
    },
    priority: 3,
  });

  // In place of `noerrors`: notes the error; MathJax goes on with its error node.
  function formatError(jax, error) {
    fault(error.id, error.message, jax.latex, errorIndex(error.id, jax.parseOptions.parser));
    return jax.formatError(error);
  }

  const NO_MEMORY = "out of memory"; // QuickJS throws null when none is left for an error

  // Anything else that is thrown inside MathJax rejects Anki's promise: the card stays raw TeX.
  function noteThrown(error, tex) {
    if (error === null || /stack|memory|interrupted/i.test(error.message)) {
      throw error ?? new Error(NO_MEMORY);
    }
    if (error.retry) {
      fault("Require", "\\require of a TeX extension that Anki does not bundle",
            tex, tex.indexOf("\\require"));
    } else {
      fault("Internal", String(error.message ?? error), tex, -1);
    }
  }

  // Documents ----------------------------------------------------------------------------------
  const PACKAGES = MathJax.config.tex.packages;
  const chtml = new library.output.chtml_ts.CHTML({ fontURL: "" }); // bussproofs asks it for sizes

  function newDocument(settings) {
    const packages = PACKAGES.filter((name) => !["noerrors", "noundefined"].includes(name));
    const jax = new TeX({
      ...MathJax.config.tex, ...settings, packages: [...packages, "deckgen"], formatError,
    });
    return library.mathjax.mathjax.document("", { InputJax: jax, OutputJax: chtml });
  }

  // Commands whose effect outlives the formula; a name too many only costs a new document.
  const STATEFUL = new RegExp(
    "\\\\(?:require|label|[a-z]*new[a-z]+|[a-z]*def(?![a-z])|let(?![a-z])|Declare|definecolor" +
      "|mathtoolsset|usetagform|setlength)", "i");

  const documents = new Map(); // by their settings, for they take long to make
  let used = false; // one of them has seen a stateful command

  function freshDocument(settings = {}) {
    if (used) documents.clear();
    used = false;
    const key = JSON.stringify(settings);
    if (!documents.has(key)) documents.set(key, newDocument(settings));
    return documents.get(key);
  }

  function convert(document, [tex, display], end) {
    faults = [];
    used ||= STATEFUL.test(tex);
    let node = null;
    try {
      node = document.convert(tex, { display, end });
    } catch (error) {
      noteThrown(error, tex);
    }
    return { faults, node };
  }

  const serializer = new library.core.MmlTree.SerializedMmlVisitor.SerializedMmlVisitor();

  // Card sides ---------------------------------------------------------------------------------
  // Where liteDOM reads HTML otherwise than a browser: its unquoted attribute values run on past
  // the > of the tag, and an end tag without its start tag leaves the document.
  const { LiteParser, PATTERNS } = library.adaptors.lite.Parser;
  for (const name of ["tag", "attrsplit"]) {
    const source = PATTERNS[name].source.replaceAll("[^\\s\\n]+", "[^\\s>]+");
    PATTERNS[name] = new RegExp(source, "i");
  }
  LiteParser.prototype.closeTag = function (tree, node, tag) {
    const kind = tag.slice(2, -1).trim().toLowerCase();
    let element = node;
    while (element && tree.kind(element) !== kind) element = tree.parent(element);
    return (element && tree.parent(element)) || node;
  };

  const texts = new HTMLDomStrings();
  texts.adaptor = adaptor;
  const DELIMITER = /\\[()[\]]/g;
  const EXCERPT = 40; // UTF-16 units

  // What a reader would see as a bare delimiter; one excerpt for all that fall inside it.
  function leftoversOf(strings, found) {
    const leftovers = [];
    strings.forEach((text, n) => {
      const taken = found.filter((item) => item.n === n);
      let reported = 0; // up to this index
      for (const { index } of text.matchAll(DELIMITER)) {
        const isTaken = taken.some(({ start, end }) => start.n <= index && index < end.n);
        if (isTaken || index < reported) continue;
        const stop = Math.min(index + EXCERPT,
                              ...taken.map(({ start }) => start.n).filter((at) => at > index));
        leftovers.push(text.slice(index, stop));
        reported = stop;
      }
    });
    return leftovers;
  }

  // The API ------------------------------------------------------------------------------------
  const api = {
    version: () => MathJax.version,

    packages: () => PACKAGES,

    addEntities(entities) { // MathJax's own tables for HTML would be loaded from further files
      library.util.Entities.options.loadMissingEntities = false;
      library.util.Entities.add(entities, "html");
    },

    compile: (formula) => convert(freshDocument(), formula, STATE.COMPILED).faults,

    // In one macro state, in order, as Anki's typesetPromise does for a card side.
    compileInOrder(formulas) {
      const document = freshDocument();
      return formulas.map((formula) => convert(document, formula, STATE.COMPILED).faults);
    },

    // [[formula, ...], leftovers, whether the formulas may depend on one another]
    find(html) {
      const tree = adaptor.parse(`<div>${html}</div>`, "text/html");
      const [strings] = texts.find(adaptor.body(tree));
      const found = freshDocument().inputJax[0].findMath(strings);
      const formulas = found.map(({ math, display }) => [math, display]);
      const dependent = formulas.some(([tex]) => STATEFUL.test(tex));
      return [formulas, leftoversOf(strings, found), dependent];
    },

    // `macros` as MathJax's configmacros takes them: name to [TeX, number of arguments].
    mathml([tex, display, macros]) {
      // An expansion at build time has no limit; the id of a tag would be the tag as written.
      const settings = { macros, maxBuffer: 1 << 20, tagformat: { id: () => "tag" } };
      const result = convert(freshDocument(settings), [tex, display], STATE.CONVERT);
      return result.faults.length ? null : serializer.visitTree(result.node);
    },

    commands() { // names without backslash; a delimiter's key has it
      const { handlers } = freshDocument().inputJax[0].parseOptions;
      const maps = ["macro", "delimiter"].flatMap((kind) => [...handlers.get(kind)._configuration]);
      const keys = maps.flatMap(({ item }) => [...(item.map?.keys() ?? [])]);
      return [...new Set(keys.map((key) => key.replace(/^\\/, "")))];
    },
  };

  // Whatever can be caught is returned: mini-racer's exceptions quote the line, all 1.2 MB of it.
  function answerEach(call, json) {
    try {
      return JSON.stringify({ answers: JSON.parse(json).map((argument) => call(argument)) });
    } catch (error) {
      return JSON.stringify({ failure: String(error ?? NO_MEMORY) });
    }
  }

  return Object.fromEntries(Object.entries(api).map(
    ([name, call]) => [name, (json) => answerEach(call, json)]));
})();
