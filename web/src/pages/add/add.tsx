export default function P() { return <div class="page"><h1>add</h1></div>; }
