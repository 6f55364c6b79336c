declare module "idiomorph/dist/idiomorph-ext.esm.js";
declare module "*.css?text" {
  const text: string;
  export default text;
}
