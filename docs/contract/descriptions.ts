import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { limits } from '#shared/contract/limits.ts';

const folder = join(import.meta.dirname, '../../shared/contract');

/**
 * What the doc comments of these files of the contract say: of a schema by the constant's name (`messageEvent`), of a
 * field by its path in it (`subscribeFrame.rooms.after`). So nothing is said twice, once for readers of the code and
 * once for readers of the documents. A constant's fields are also those of whoever uses it, if its file came before.
 */
export function readDescriptions(files: readonly string[]): Map<string, string> {
  const descriptions = new Map<string, string>();
  for (const file of files) {
    const text = readFileSync(join(folder, file), 'utf8');
    for (const statement of ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).statements) {
      if (!ts.isVariableStatement(statement)) continue;
      for (const { name, initializer } of statement.declarationList.declarations) {
        if (!ts.isIdentifier(name) || !initializer) continue;
        note(name.text, statement);
        visit(initializer, name.text);
      }
    }
  }
  return descriptions;

  function note(path: string, node: ts.Node) {
    const comment = ts.getJSDocCommentsAndTags(node).find(ts.isJSDoc)?.comment;
    const text = ts.getTextOfJSDocComment(comment);
    if (text) descriptions.set(path, reflow(text));
  }

  function visit(node: ts.Node, path: string) {
    if (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) {
      const field = `${path}.${node.name.getText()}`;
      note(field, node);
      if (ts.isPropertyAssignment(node)) visit(node.initializer, field);
      else inherit(node.name.text, field);
      return;
    }
    if (ts.isIdentifier(node)) inherit(node.text, path);
    if (ts.isSpreadAssignment(node) && ts.isIdentifier(node.expression)) {
      const spread = descriptions.get(node.expression.text);
      if (spread && !descriptions.has(path)) descriptions.set(path, spread);
    }
    ts.forEachChild(node, (child) => visit(child, path));
  }

  function inherit(from: string, path: string) {
    for (const [key, text] of descriptions)
      if (key.startsWith(`${from}.`) && !path.startsWith(`${from}.`))
        descriptions.set(path + key.slice(from.length), text);
  }
}

/** One line a paragraph or list item, and the limits as the numbers that they are. */
function reflow(text: string): string {
  return text
    .replace(/(?<!\n)\n(?!\n|- )/g, ' ')
    .replace(/`limits\.(\w+)`/g, (_, name) => `${new Map(Object.entries(limits)).get(name)} (\`${name}\`)`);
}
