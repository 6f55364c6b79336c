declare module "idiomorph/dist/idiomorph.esm.js" {
  export const Idiomorph: {
    morph(target: Element, to: HTMLCollection, config: { morphStyle: "outerHTML" | "innerHTML" }): Node[];
    defaults: {
      ignoreActiveValue: boolean;
      callbacks: { beforeAttributeUpdated: (name: string, node: Element, type: "update" | "remove") => boolean };
    };
  };
}
declare module "*.css?text" {
  const text: string;
  export default text;
}
