export default function P() { return <div class="page"><h1>metrics</h1></div>; }
