declare module "idiomorph/dist/idiomorph-ext.esm.js" {
  export const Idiomorph: {
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
